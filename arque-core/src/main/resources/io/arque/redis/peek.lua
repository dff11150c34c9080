-- Looks at tasks in one state without taking them, in the order in which they would be taken. Reads only.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes nothing
-- ARGV  1 call number in the lane (not used)
--       2 wake-up channels' prefix (not used)
--       3 queue's name
--       4 place: 'P' pending, 'D' delayed, 'W' working
--       5 how many entries to pass over
--       6 how many entries to look at, at the most; fewer when their bodies come to 4 MB
-- Returns 1 how many entries were looked at, those whose body is gone included
--         2 four for each task: reference, due time or lease deadline in ms since the epoch (0 when pending), body
--           record, state record
-- @include call

local MAX_BYTES = 4194304

settings()
local place, offset, count = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local refs, times = {}, {}
if place == 'P' then
  for i, e in ipairs(redis.call('LRANGE', pending, offset, offset + count - 1)) do
    refs[i], times[i] = string.sub(e, 1, 16), 0
  end
else
  local scored
  if place == 'D' then
    scored = redis.call('ZRANGE', delayed, offset, offset + count - 1, 'WITHSCORES')
  else
    scored = redis.call('ZRANGE', working, offset, offset + count - 1, 'WITHSCORES')
  end
  for i = 1, #scored, 2 do
    refs[#refs + 1], times[#times + 1] = scored[i], tonumber(scored[i + 1])
  end
end
local seen, bytes, found = 0, 0, {}
for i, ref in ipairs(refs) do
  bytes = bytes + redis.call('HSTRLEN', tasks, ref)
  if #found > 0 and bytes > MAX_BYTES then
    break
  end
  seen = seen + 1
  local body = redis.call('HGET', tasks, ref)
  if body then
    found[#found + 1] = ref
    found[#found + 1] = times[i]
    found[#found + 1] = body
    found[#found + 1] = redis.call('HGET', state, ref) or ''
  end
end
return { seen, found }
