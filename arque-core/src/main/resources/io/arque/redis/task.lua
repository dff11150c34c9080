-- Finds one task, in whatever state it is. Reads only.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes nothing
-- ARGV  1 call number in the lane (not used)
--       2 wake-up channels' prefix (not used)
--       3 queue's name
--       4 custom id or reference
-- Returns nothing when there is no such task, else
--         1 reference
--         2 place: 'P' pending, 'D' delayed, 'W' working, 'F' failed
--         3 due time, lease deadline or time of failure, ms since the epoch; 0 when pending
--         4 body record without headers and payload (include/body.lua)
--         5 state record (include/state.lua), '' when it was never leased
-- @include call
-- @include body

settings()
local ref = redis.call('HGET', ids, ARGV[4]) or ARGV[4]
local body = redis.call('HGET', tasks, ref)
if not body then
  return false
end
if not readable_body(body) then
  error('ARQUEFORMAT task ' .. ref .. ' of queue ' .. queue .. ' has a body that this version of Arque cannot read')
end
local place, score = 'P', 0
for letter, key in pairs({ D = delayed, W = working, F = failed }) do
  local found = redis.call('ZSCORE', key, ref)
  if found then
    place, score = letter, tonumber(found)
  end
end
local _, _, rest = body_options(body)
return { ref, place, score, string.sub(body, 1, rest - 1), redis.call('HGET', state, ref) or '' }
