-- Tells which partitions a queue has or had. Reads only.
--
-- KEYS  the plain queue's keys in the order of include/call.lua, then its ledger (include/ledger.lua); writes nothing
-- ARGV  1 call number in the lane (not used)
--       2 wake-up channels' prefix (not used)
--       3 queue's name
-- Returns the tags in the order in which they were met, none when the queue never had partitions
-- @include call
-- @include ledger

settings()
local tags = {}
for i, p in ipairs(read_ledger().parts) do
  tags[i] = p.tag
end
return tags
