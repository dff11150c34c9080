-- Leases tasks to a consumer, after settling what it has finished: the one call that a busy consumer makes.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes all of them
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
--       4 max attempts, for tasks that set none
--       5 max crashes
--       6 dead letters kept at the most, 7 their bytes, 8 their retention in ms
--       9 name of the lane
--      10 token of the leases that this call gives
--      11 permits: how many tasks to lease at the most
--      12 lease duration, ms
--      13 working limit of this consumer
--      14 '2' to join the waiters when short of tasks, '1' when given none at all, '0' to leave them
--      15 '1' to return the counts too
--      16 crashes from which on a task is a suspect (include/take.lua)
--      17 '1' to lease one suspect at the most, '0' to lease none
--      18 how many releases, then for each: reference, token
--       + how many requeues, then for each: reference, token, delay in ms, error record
--       + how many hand-backs, then for each: reference, token, delay in ms
--       + how many rejects, then for each: reference, token, error record
-- Returns 1 reason for fewer tasks than permits: 0 none, 1 empty, 2 throttled, 3 paused, 4 a bound of this call
--         2 '1' when more could be taken at once, 3 time until the next look in ms (-1: none known),
--         4 '1' when this consumer should keep that time exactly, 5 time now in ms since the epoch,
--         6 dropped dead letters, 7 reclaimed, 8 moved to failed for spent attempts or crashes, 9 unreadable, 10 orphans
--        11 a character per settled task, in the order of the arguments (see release.lua and its sisters)
--        12 the twelve numbers of include/counts.lua, or nothing
--        13 three for each task: reference, body record, state record
--        14 '1' when the queue has partitions
-- @include call
-- @include entry
-- @include state
-- @include body
-- @include dead
-- @include release
-- @include put_back
-- @include requeue
-- @include hand_back
-- @include reject
-- @include promote
-- @include reclaim
-- @include roomy
-- @include take
-- @include counts
-- @include wake

local MAX_TASKS = 200
local YIELD_AFTER_MILLIS = 500 -- a waiter that has waited for a place this long gets the next one

local max_attempts, max_crashes = tonumber(ARGV[4]), tonumber(ARGV[5])
local name, token = ARGV[9], ARGV[10]
local permits, lease_millis, own_limit = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local waiter = name .. string.format('%.0f', own_limit)
local join, with_counts = tonumber(ARGV[14]), ARGV[15] == '1'
local suspect_from, may_suspect = tonumber(ARGV[16]), ARGV[17] == '1'

local s = settings()
gate()
local now = clock()

-- A repeated call: the same answer, with those of its leases that are still its own.
-- A memory that is damaged counts as none: the leases that it stood for expire.
do
  local statuses, reason, dropped, reclaimed, exhausted, unreadable, orphans, refs =
    string.match(recall() or '', '^(%a*) (%d) (%d+) (%d+) (%d+) (%d+) (%d+) (.*)$')
  if refs then
    local again = {}
    for at = 1, #refs, 16 do
      local ref = string.sub(refs, at, at + 15)
      local packed = redis.call('HGET', state, ref)
      local body = leased_state(packed, token) and redis.call('HGET', tasks, ref)
      if body then
        again[#again + 1] = ref
        again[#again + 1] = body
        again[#again + 1] = packed
      end
    end
    -- when to look next is not remembered: look again soon
    local next_look = (reason == '1' or reason == '2') and 0 or -1
    return { tonumber(reason), 1, next_look, 0, now, tonumber(dropped), tonumber(reclaimed), tonumber(exhausted),
      tonumber(unreadable), tonumber(orphans), statuses, with_counts and counts(now, s) or false, again,
      s.share and 1 or 0 }
  end
end

-- What the consumer has finished.
local statuses, settled = {}, 0
local at = 18
local function section(width, settle)
  local count = tonumber(ARGV[at])
  settle(at + 1, count)
  settled = settled + count
  at = at + 1 + count * width
end
section(2, function(first, count)
  local refs, tokens = {}, {}
  for i = 1, count do
    refs[i], tokens[i] = ARGV[first + 2 * i - 2], ARGV[first + 2 * i - 1]
  end
  statuses[1] = release(refs, tokens)
end)
section(4, function(first, count)
  for i = first, first + 4 * count - 1, 4 do
    statuses[#statuses + 1] =
      requeue(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3], max_attempts, now)
  end
end)
section(3, function(first, count)
  for i = first, first + 3 * count - 1, 3 do
    statuses[#statuses + 1] = hand_back(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), now)
  end
end)
section(3, function(first, count)
  for i = first, first + 3 * count - 1, 3 do
    statuses[#statuses + 1] = reject(ARGV[i], ARGV[i + 1], ARGV[i + 2], now)
  end
end)
statuses = table.concat(statuses)

local reclaimed, unreadable, orphans = reclaim(now)

-- How many may be leased: never more than the working limit, over all consumers.
if s.applied ~= own_limit then
  redis.call('HSET', config, 'applied', own_limit, 'v', '1')
  s.applied = own_limit
end
local kept_till = kept_for_another(s, now, name)
if s.turn and not kept_till then
  redis.call('HDEL', config, 'turn')
end
local free = math.max(0, (s.override or own_limit) - redis.call('ZCARD', working) - (kept_till and 1 or 0))
local want = math.min(permits, MAX_TASKS)
local k = s.paused and 0 or math.min(want, free)
-- Who settles and asks in one call would get every place that it frees: now and then one is left to who waits.
local yields = false
if settled > 0 and k == free and k > 0 and not kept_till then
  local first = redis.call('ZRANGE', waiters, 0, 0, 'WITHSCORES')
  if first[1] and first[1] ~= waiter and tonumber(first[2]) < now - YIELD_AFTER_MILLIS
    and redis.call('ZCARD', working) < waiter_limit(first[1], s) then
    yields = true
    kept_till = now + TURN_MILLIS
    k = k - 1
    free = free - 1
  end
end

local taken, exhausted, unreadable_passed, out_of_reach = { refs = {} }, 0, 0, 0
if k > 0 then
  promote(now, math.min(500, math.max(64, 2 * k)))
  local limits = { attempts = max_attempts, crashes = max_crashes, suspect = suspect_from }
  taken, exhausted, unreadable_passed, out_of_reach = take(k, token, now + lease_millis, now, limits, may_suspect)
end
local dropped = trim_failed(now, tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]))
local count = #taken.refs

local left = redis.call('LLEN', pending) > out_of_reach
local reason = 0
if s.paused then
  reason = 3
elseif count < permits then
  if count == free then
    reason = 2
  elseif left then
    reason = 4
  else
    reason = 1
  end
end
local more = left and (reason == 0 or reason == 4)

-- Short of tasks: wait to be called, behind those who have got nothing for longer. Who has waited for long is alive
-- still, since it just asked, and is noted anew before it would be taken for dead.
redis.call('ZREMRANGEBYSCORE', waiters, '-inf', now - 3600000)
local short = reason >= 1 and reason <= 3
if permits > 0 and short and (join == 2 or join == 1 and count == 0) then
  local since = redis.call('ZSCORE', waiters, waiter)
  if count > 0 or not since or tonumber(since) < now - 1800000 then
    redis.call('ZADD', waiters, now, waiter)
  end
else
  short = false
  redis.call('ZREM', waiters, waiter)
end

-- When to look again unasked: at the earliest due time, when the earliest lease could expire, or when a place is kept no
-- longer. One consumer keeps that time exactly, the others come a little later.
local function earliest(key)
  local first = redis.call('ZRANGEBYSCORE', key, '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  return first and tonumber(first) or math.huge
end
local next_look, exact = -1, 0
local alarm_at, keeper = string.match(s.alarm or '', '^(%d+) (.*)$')
alarm_at = tonumber(alarm_at or 0)
if short and reason ~= 3 then
  local at_millis = reclaimed == 100 and now
    or math.min(earliest(working), earliest(delayed), kept_till or math.huge)
  if at_millis < math.huge then
    next_look = math.max(0, at_millis - now)
    if alarm_at ~= at_millis then
      redis.call('HSET', config, 'alarm', string.format('%.0f ', at_millis) .. name)
      exact = 1
    elseif keeper == name then
      exact = 1
    end
  end
  sooner = false
else
  -- not waiting: if nobody else will look by the earliest due time, somebody who waits has to know it
  local due = earliest(delayed)
  sooner = due < math.huge and (alarm_at > due or alarm_at <= now or keeper == name)
end

unreadable = unreadable + unreadable_passed
remember(string.format('%s %d %d %d %d %d %d ', statuses, reason, dropped, reclaimed, exhausted, unreadable, orphans)
  .. table.concat(taken.refs))
local called = wake(now, s, sooner, out_of_reach)
if yields and called then
  redis.call('HSET', config, 'turn', string.format('%.0f ', kept_till) .. string.sub(called, 1, 16))
end

local leases = {}
for i, ref in ipairs(taken.refs) do
  leases[3 * i - 2], leases[3 * i - 1], leases[3 * i] = ref, taken.bodies[i], taken.states[i]
end
return { reason, more and 1 or 0, next_look, exact, now, dropped, reclaimed, exhausted, unreadable, orphans,
  statuses, with_counts and counts(now, s) or false, leases, s.share and 1 or 0 }
