-- Moves a task straight to failed. Returns 'F' failed, 'L' lease lost.
local function reject(ref, token, error_text, now)
  local s = leased_state(redis.call('HGET', state, ref), token)
  if not s then
    return 'L'
  end
  to_failed(ref, s, error_text, now)
  redis.call('ZREM', working, ref)
  return 'F'
end
