-- Sets or removes a run-time setting of a queue, for all instances, and wakes a waiter who may now go on.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes config, waiters, lane
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
--       4 field: 'limit' (tasks) or 'paused' ('1')
--       5 value, '' to remove the field
-- Returns 'OK', or 'SHARED' when the queue has partitions: they have to be told (share_out.lua)
-- @include call
-- @include wake

local s = settings()
if ARGV[5] == '' then
  gate()
end
local answer = recall()
if answer then
  return answer
end
if ARGV[5] == '' then
  redis.call('HDEL', config, ARGV[4])
else
  redis.call('HSET', config, ARGV[4], ARGV[5], 'v', '1')
end
answer = s.share and 'SHARED' or 'OK'
remember(answer)
wake(clock(), settings(), true)
return answer
