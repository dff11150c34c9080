-- Reads dead letters, the oldest first. Reads only.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes nothing
-- ARGV  1 call number in the lane (not used)
--       2 wake-up channels' prefix (not used)
--       3 queue's name
--       4 custom id or reference of the one to read, '' for a page
--       5 how many to pass over
--       6 how many to read at the most; fewer when their bodies come to 4 MB
-- Returns five for each: reference, time of failure in ms since the epoch, body record, state record, error record
-- @include call
-- @include chosen

settings()
local refs
if ARGV[4] ~= '' then
  refs = chosen(ARGV[4])
else
  refs = redis.call('ZRANGE', failed, ARGV[5], ARGV[5] + ARGV[6] - 1)
end
local reply, bytes = {}, 0
for _, ref in ipairs(refs) do
  bytes = bytes + redis.call('HSTRLEN', tasks, ref)
  if #reply > 0 and bytes > 4194304 then
    break
  end
  reply[#reply + 1] = ref
  reply[#reply + 1] = tonumber(redis.call('ZSCORE', failed, ref))
  reply[#reply + 1] = redis.call('HGET', tasks, ref) or ''
  reply[#reply + 1] = redis.call('HGET', state, ref) or ''
  reply[#reply + 1] = redis.call('HGET', errors, ref) or ''
end
return reply
