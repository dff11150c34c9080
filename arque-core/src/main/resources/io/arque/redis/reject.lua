-- Moves tasks straight to failed, each if its lease is still the given one.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes config, working, state, failed, errors, waiters, lane;
--       trimming failed: tasks, ids
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
--       4 max attempts (not used here), 5 max crashes (not used here)
--       6 dead letters kept at the most, 7 their bytes, 8 their retention in ms
--       then three for each task: reference, token, error record (include/dead.lua)
-- Returns 1 a character per task: 'F' failed, 'L' lease lost
--         2 dead letters dropped by a bound
-- @include call
-- @include state
-- @include dead
-- @include reject
-- @include wake

local s = settings()
gate()
do
  local statuses, dropped = string.match(recall() or '', '^(%a*) (%d+)$')
  if statuses then
    return { statuses, tonumber(dropped) }
  end
end
local now = clock()
local statuses = {}
for i = 9, #ARGV, 3 do
  statuses[#statuses + 1] = reject(ARGV[i], ARGV[i + 1], ARGV[i + 2], now)
end
local dropped = trim_failed(now, tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]))
statuses = table.concat(statuses)
remember(statuses .. ' ' .. dropped)
wake(now, s)
return { statuses, dropped }
