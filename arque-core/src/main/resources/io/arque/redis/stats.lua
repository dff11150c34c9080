-- Counts what a queue holds. Reads only.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes nothing
-- ARGV  1 call number in the lane (not used)
--       2 wake-up channels' prefix (not used)
--       3 queue's name
-- Returns the twelve numbers of include/counts.lua
-- @include call
-- @include counts

return counts(clock(), settings())
