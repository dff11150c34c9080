-- Puts a task into delayed and notes in 'sooner' whether it is the earliest one there now.
local sooner = false

local function delay(ref, due_at_millis)
  local first = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  sooner = sooner or not first or due_at_millis < tonumber(first)
  redis.call('ZADD', delayed, due_at_millis, ref)
end

-- Takes a task out of working and puts it into delayed, or without a delay into pending, at its head or tail.
local function put_back(ref, s, delay_millis, to_head, now)
  s.token = ''
  s.requeued = now
  redis.call('HSET', state, ref, write_state(s))
  if delay_millis > 0 then
    delay(ref, now + delay_millis)
  elseif to_head then
    redis.call('LPUSH', pending, entry(ref, now))
  else
    redis.call('RPUSH', pending, entry(ref, now))
  end
  redis.call('ZREM', working, ref)
end
