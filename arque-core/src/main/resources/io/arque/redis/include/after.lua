-- For calls of which two are under way, so that they take effect in their order: a call may name the lane of the one that
-- it comes after.
local before = KEYS[12]

-- Fails the call, before it has changed anything, unless the other has been made.
local function check_order(number)
  local made = string.match(redis.call('GET', before) or '', '^%d+')
  if not made or tonumber(made) < number then
    error('ARQUEEARLY call ' .. sequence .. ' came before the one that it comes after')
  end
end
