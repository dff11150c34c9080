-- Puts a task back after a failed attempt: to the tail of pending, or to delayed when there is a delay; to failed when
-- it has spent its attempts. Returns 'R' requeued, 'F' failed, 'L' lease lost.
local function requeue(ref, token, delay_millis, error_text, max_attempts, now)
  local s = leased_state(redis.call('HGET', state, ref), token)
  if not s then
    return 'L'
  end
  if s.attempts - s.crashes >= (s.max > 0 and s.max or max_attempts) then
    to_failed(ref, s, error_text, now)
    redis.call('ZREM', working, ref)
    return 'F'
  end
  s.requeues = s.requeues + 1
  put_back(ref, s, delay_millis, false, now)
  return 'R'
end
