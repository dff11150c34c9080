-- Sets a new deadline for leases, each if it is still the given one. Attempt and token stay.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes working, lane
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
--       4 time from now to the new deadline, ms
--       then two for each task: reference, token
-- Returns 1 a character per task: 'R' extended, 'L' lease lost
--         2 the new deadline, ms since the epoch
-- @include call
-- @include state

settings()
gate()
local answer = recall()
if answer then
  local statuses, deadline = string.match(answer, '^(%a*) (%d+)$')
  return { statuses, tonumber(deadline) }
end
local deadline = clock() + tonumber(ARGV[4])
local refs, tokens = {}, {}
for i = 5, #ARGV, 2 do
  refs[#refs + 1] = ARGV[i]
  tokens[#tokens + 1] = ARGV[i + 1]
end
local statuses, scores = {}, {}
local packed = redis.call('HMGET', state, unpack(refs))
for i, ref in ipairs(refs) do
  local mine = leased_state(packed[i], tokens[i])
  statuses[i] = mine and 'R' or 'L'
  if mine then
    scores[#scores + 1] = deadline
    scores[#scores + 1] = ref
  end
end
if #scores > 0 then
  redis.call('ZADD', working, 'XX', unpack(scores))
end
statuses = table.concat(statuses)
remember(statuses .. string.format(' %.0f', deadline))
return { statuses, deadline }
