-- Removes tasks that were done, each if its lease is still the given one, and wakes a waiter for the freed place.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes working, tasks, state, ids, waiters, lane
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
--       then two for each task: reference, token
-- Returns a character per task: 'R' released, 'L' lease lost
-- @include call
-- @include state
-- @include release
-- @include wake

local s = settings()
gate()
local answer = recall()
if answer then
  return answer
end
local refs, tokens = {}, {}
for i = 4, #ARGV, 2 do
  refs[#refs + 1] = ARGV[i]
  tokens[#tokens + 1] = ARGV[i + 1]
end
answer = release(refs, tokens)
remember(answer)
wake(clock(), s)
return answer
