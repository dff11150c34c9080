-- Puts tasks back unprocessed, without counting the attempt, each if its lease is still the given one.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes pending, delayed, working, state, waiters, lane
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
--       then three for each task: reference, token, delay in ms (0: to the head of pending)
-- Returns a character per task: 'R' handed back, 'L' lease lost
-- @include call
-- @include entry
-- @include state
-- @include put_back
-- @include hand_back
-- @include wake

local s = settings()
gate()
local answer = recall()
if answer then
  return answer
end
local now = clock()
local statuses = {}
for i = 4, #ARGV, 3 do
  statuses[#statuses + 1] = hand_back(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), now)
end
answer = table.concat(statuses)
remember(answer)
wake(now, s, sooner)
return answer
