-- Moves what is due and what has an expired lease to pending, and wakes a waiter for it. Bounded: 500 due, 100 expired.
-- It never moves a task to failed: only a consumer knows the policy.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes config, pending, delayed, working, state, waiters, lane
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
-- Returns promoted, reclaimed, unreadable, orphans, then the twelve numbers of include/counts.lua
-- @include call
-- @include entry
-- @include state
-- @include promote
-- @include reclaim
-- @include counts
-- @include wake

local s = settings()
gate()
local now = clock()
local answer = recall()
local reply
if answer then
  local promoted, reclaimed, unreadable, orphans = string.match(answer, '^(%d+) (%d+) (%d+) (%d+)$')
  reply = { tonumber(promoted), tonumber(reclaimed), tonumber(unreadable), tonumber(orphans) }
else
  local promoted = promote(now, 500)
  local reclaimed, unreadable, orphans = reclaim(now)
  reply = { promoted, reclaimed, unreadable, orphans }
  remember(table.concat(reply, ' '))
  wake(now, s)
end
for _, number in ipairs(counts(now, s)) do
  reply[#reply + 1] = number
end
return reply
