-- Adds to a counter in config; what is no number there counts as 0.
local function add(field, number)
  redis.call('HSET', config, field, string.format('%.0f', (tonumber(redis.call('HGET', config, field)) or 0) + number))
end

-- Moves a task to failed. The caller takes the task out of where it was, afterwards.
-- The error record, format 1: the character '1', then type, message and stack trace, each followed by a zero byte.
local function to_failed(ref, s, error_text, now)
  s.token = ''
  redis.call('HSET', errors, ref, error_text)
  redis.call('HSET', state, ref, write_state(s))
  add('failed.bytes', redis.call('HSTRLEN', tasks, ref) + #error_text)
  redis.call('ZADD', failed, now, ref)
end

-- Takes a task out of failed, with its error text and its share of the bytes. The body stays, if it is not to be dropped.
local function out_of_failed(ref, with_body)
  add('failed.bytes', -redis.call('HSTRLEN', tasks, ref) - redis.call('HSTRLEN', errors, ref))
  redis.call('HDEL', errors, ref)
  if with_body then
    redis.call('HDEL', state, ref)
    redis.call('HDEL', tasks, ref)
  end
  redis.call('ZREM', failed, ref) -- last: a body that has no place would stay for ever
end

-- Removes a dead letter altogether.
local function delete_failed(ref)
  local s = read_state(redis.call('HGET', state, ref))
  if s and s.id ~= '' and redis.call('HGET', ids, s.id) == ref then
    redis.call('HDEL', ids, s.id)
  end
  out_of_failed(ref, true)
end

-- Drops the oldest dead letters that are over a bound, 100 at the most. Returns how many, which are counted too.
local function trim_failed(now, max_size, max_bytes, retention_millis)
  local dropped = 0
  local size = redis.call('ZCARD', failed)
  while size > 0 and dropped < 100 do
    local oldest = redis.call('ZRANGE', failed, 0, 0, 'WITHSCORES')
    local over = size > max_size or tonumber(oldest[2]) < now - retention_millis
      or (tonumber(redis.call('HGET', config, 'failed.bytes')) or 0) > max_bytes
    if not over then
      break
    end
    delete_failed(oldest[1])
    dropped = dropped + 1
    size = size - 1
  end
  if dropped > 0 then
    add('dropped', dropped)
  end
  return dropped
end
