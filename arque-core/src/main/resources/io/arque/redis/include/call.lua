-- The frame of every call: the queue's keys by name, the clock, the format check, and the lane that remembers the
-- last answer. A call that Lettuce sends twice finds its own number in the lane and gets the first answer again.
local config, pending, delayed, working, tasks, state, ids, failed, errors, waiters, lane =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local sequence, channel_prefix, queue = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local LANE_LIFETIME_MILLIS = 900000 -- longer than any client keeps a call that was not answered

-- Redis's own time in milliseconds since the epoch.
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A working limit, or nil for what cannot be one: config may have been written by hand.
local function limit_of(text)
  local limit = tonumber(text)
  return limit and limit >= 1 and limit <= 2147483647 and limit == math.floor(limit) and limit or nil
end

-- A partition's share of a working limit, which may be 0, or nil for what cannot be one.
local function share_of(text)
  return limit_of(text) or tonumber(text) == 0 and 0 or nil
end

-- The number of a share, 0 for what cannot be one.
local function number_of(text)
  local number = tonumber(text)
  return number and number >= 0 and number <= 999999999999999 and number == math.floor(number) and number or 0
end

-- Reads every key once, so that a key of a foreign type or a newer format fails the call before it has written.
local function settings()
  local s = redis.call('HMGET', config, 'v', 'limit', 'applied', 'paused', 'alarm', 'turn', 'share', 'seq')
  if s[1] and s[1] ~= '1' then
    error('ARQUEFORMAT queue ' .. queue .. ' has format ' .. s[1] .. ', this version of Arque reads format 1')
  end
  redis.call('LLEN', pending)
  redis.call('ZCARD', delayed)
  redis.call('ZCARD', working)
  redis.call('HLEN', tasks)
  redis.call('HLEN', state)
  redis.call('HLEN', ids)
  redis.call('ZCARD', failed)
  redis.call('HLEN', errors)
  redis.call('ZCARD', waiters)
  -- where the queue has partitions each has a share of the limit, and a partition that was given none leases nothing
  local share, limit = share_of(s[7]), limit_of(s[2])
  local none = string.find(queue, '#', 1, true) and 0 or nil
  return { version = s[1], override = share or none or limit, applied = limit_of(s[3]), paused = s[4] == '1',
    alarm = s[5], turn = s[6], share = share, seq = number_of(s[8]), limit = limit, no_limit = s[2] and not limit }
end

-- A write that needs no memory. It raises READONLY on a replica before anything has happened, and lifts Redis's
-- out-of-memory check for the rest of the script, so that workers drain a full Redis. Not for scripts that grow.
local function gate()
  redis.call('HDEL', config, '')
end

-- The first answer to this call, or nil when the call is new. A call older than the lane's last is refused: its
-- caller has long been told that the outcome is unknown.
local function recall()
  local last = redis.call('GET', lane)
  if not last then
    return nil
  end
  local number, answer = string.match(last, '^(%d+) (.*)$')
  number = tonumber(number)
  if number == sequence then
    return answer
  end
  if number and number > sequence then
    error('ARQUESTALE call ' .. sequence .. ' came after call ' .. number .. ' of the same lane')
  end
  return nil
end

local function remember(answer)
  redis.call('SET', lane, string.format('%.0f ', sequence) .. answer, 'PX', LANE_LIFETIME_MILLIS)
end
