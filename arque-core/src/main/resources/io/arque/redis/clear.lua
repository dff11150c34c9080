-- Removes all that a queue holds, in whatever state, its run-time settings and its counters, but for a share of
-- the working limit. Who waits goes on waiting.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes all of them but waiters
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix (not used)
--       3 queue's name
-- Returns 'OK'
-- @include call

local s = settings()
gate()
local answer = recall()
if answer then
  return answer
end
-- UNLINK, not DEL: the memory of a million tasks is freed in the background
for _, key in ipairs({ pending, delayed, working, tasks, state, ids, failed, errors, config }) do
  redis.call('UNLINK', key)
end
-- a share is not the queue's to lose: it is part of a sum
if s.share then
  redis.call('HSET', config, 'share', s.share, 'seq', s.seq, 'v', '1')
end
remember('OK')
return 'OK'
