-- Moves delayed tasks to the end of pending before they are due, the earliest first, and wakes a waiter for them.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes pending, delayed, waiters, lane
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
--       4 how many at the most
-- Returns how many were moved
-- @include call
-- @include entry
-- @include promote
-- @include wake

local s = settings()
gate()
local answer = recall()
if answer then
  return tonumber(answer)
end
local now = clock()
local moved = promote(now, tonumber(ARGV[4]), '+inf')
remember(tostring(moved))
wake(now, s)
return moved
