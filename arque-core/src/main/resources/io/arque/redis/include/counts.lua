-- What a queue holds: pending, delayed, working, failed, the time since when its oldest pending task waits (ms since
-- the epoch, 0 when none does; ghosts and damaged entries at the head are passed over, 100 at the most), the limit in
-- force (-1 when no consumer has told; a partition's share), 1 when paused, dead letters dropped so far, bytes in failed,
-- the time now, 1 when the queue has partitions, and 1 when what is set as its limit cannot be one.
local function counts(now, s)
  local in_delayed, in_working, in_failed =
    redis.call('ZCARD', delayed), redis.call('ZCARD', working), redis.call('ZCARD', failed)
  local in_pending = math.max(0, redis.call('HLEN', tasks) - in_delayed - in_working - in_failed)
  local since = 0
  if in_pending > 0 then
    for i = 0, 99 do
      local first = redis.call('LINDEX', pending, i)
      if not first then
        break
      end
      if #first == 22 and redis.call('HEXISTS', tasks, string.sub(first, 1, 16)) == 1 then
        since = struct.unpack('>I6', first, 17)
        break
      end
    end
  end
  local more = redis.call('HMGET', config, 'dropped', 'failed.bytes')
  return { in_pending, in_delayed, in_working, in_failed, since, s.override or s.applied or -1, s.paused and 1 or 0,
    tonumber(more[1]) or 0, tonumber(more[2]) or 0, now, s.share and 1 or 0,
    s.no_limit and 1 or 0 }
end
