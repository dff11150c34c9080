-- Gives a partition its share of the working limit, unless it has a newer one, and tells what it holds. The ledger's word
-- counts where both have the same number.
--
-- KEYS  the partition's keys in the order of include/call.lua; writes config, waiters, lane
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 partition's tag
--       4 number of the share, '0' only to ask
--       5 share: how many tasks of the partition may be working at once
--       6 '1' when the queue is paused
-- Returns 1 number of the share in force, 0 when there was none yet
--         2 how many tasks the partition works on or may take at the most: its share, or what it had before, until it ends
--         3 how many tasks are pending, delayed or working in it
-- @include call
-- @include wake

local s = settings()
gate()
local seq, share, paused = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
if not recall() then
  -- the same number with another share: a value that was damaged, or a ledger that a fail-over set back
  if seq > s.seq or seq == s.seq and seq > 0 and share ~= s.share then
    redis.call('HSET', config, 'share', share, 'seq', ARGV[4], 'paused', paused and '1' or '0', 'v', '1')
    local more = share > (s.share or 0) or s.paused and not paused
    s = settings()
    remember('OK')
    if more then
      wake(clock(), s, true)
    end
  else
    remember('OK')
  end
end
return { s.seq, math.max(s.share or 0, redis.call('ZCARD', working)),
  math.max(0, redis.call('HLEN', tasks) - redis.call('ZCARD', failed)) }
