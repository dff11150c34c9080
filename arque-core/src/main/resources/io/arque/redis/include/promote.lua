-- Moves what is due from delayed to the tail of pending, at most so many; what is due by another time where one is
-- given. Returns how many.
local function promote(now, max, due_by)
  local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', due_by or now, 'LIMIT', 0, max)
  if #due == 0 then
    return 0
  end
  local entries = {}
  for i, ref in ipairs(due) do
    entries[i] = entry(ref, now)
  end
  redis.call('RPUSH', pending, unpack(entries))
  redis.call('ZREM', delayed, unpack(due))
  return #due
end
