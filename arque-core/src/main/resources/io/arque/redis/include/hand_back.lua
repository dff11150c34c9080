-- Puts a task back unprocessed, without counting the attempt: to the head of pending, or to delayed when there is a
-- delay. Returns 'R' handed back, 'L' lease lost.
local function hand_back(ref, token, delay_millis, now)
  local s = leased_state(redis.call('HGET', state, ref), token)
  if not s then
    return 'L'
  end
  s.attempts = s.attempts - 1
  put_back(ref, s, delay_millis, true, now)
  return 'R'
end
