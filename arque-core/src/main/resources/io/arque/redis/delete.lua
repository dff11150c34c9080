-- Deletes dead letters.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes config, tasks, state, ids, failed, errors, lane
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
--       4 custom id or reference of the one to delete, '' for the oldest
--       5 only what failed up to this time, ms since the epoch, '' for now
--       6 how many at the most
-- Returns deleted, the time in 5 or now
-- @include call
-- @include state
-- @include dead
-- @include chosen

settings()
gate()
local now = clock()
local answer = recall()
if answer then
  local deleted, up_to = string.match(answer, '^(%d+) (%d+)$')
  return { tonumber(deleted), tonumber(up_to) }
end
local up_to = ARGV[5] ~= '' and tonumber(ARGV[5]) or now
local refs = chosen(ARGV[4], up_to, tonumber(ARGV[6]))
for _, ref in ipairs(refs) do
  delete_failed(ref)
end
remember(string.format('%d %.0f', #refs, up_to))
return { #refs, up_to }
