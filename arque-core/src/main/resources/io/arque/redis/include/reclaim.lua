-- Puts tasks whose lease has expired back to the head of pending and counts a crash for each, 100 at the most. What
-- has crashed too often is told apart when it would be taken: only a consumer knows the policy. A record that this
-- version cannot read stays as it is, and up to 1,000 are passed over. Returns how many were reclaimed, how many could
-- not be read, and how many had no body any more and were cleared away.
local function reclaim(now)
  local entries, updates, gone, orphans, unreadable = {}, {}, {}, {}, 0
  for offset = 0, 900, 100 do
    local expired = redis.call('ZRANGEBYSCORE', working, '-inf', now, 'LIMIT', offset, 100)
    for _, ref in ipairs(expired) do
      local s = read_state(redis.call('HGET', state, ref))
      if redis.call('HEXISTS', tasks, ref) == 0 then
        orphans[#orphans + 1] = ref
      elseif not s then
        unreadable = unreadable + 1
      else
        s.crashes = s.crashes + 1
        s.token = ''
        s.requeued = now
        table.insert(entries, 1, entry(ref, now))
        updates[#updates + 1] = ref
        updates[#updates + 1] = write_state(s)
        gone[#gone + 1] = ref
      end
    end
    if #expired < 100 or unreadable < offset + 100 then
      break
    end
  end
  if #gone > 0 then
    redis.call('HSET', state, unpack(updates))
    redis.call('LPUSH', pending, unpack(entries))
    redis.call('ZREM', working, unpack(gone))
  end
  if #orphans > 0 then
    redis.call('ZREM', working, unpack(orphans))
    redis.call('HDEL', state, unpack(orphans))
  end
  return #gone, unreadable, #orphans
end
