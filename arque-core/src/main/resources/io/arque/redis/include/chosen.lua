-- The dead letters that a call names by id or reference, or the oldest that failed up to a time.
local function failed_ref(id)
  local ref = redis.call('HGET', ids, id)
  if ref and redis.call('ZSCORE', failed, ref) then
    return ref
  end
  return redis.call('ZSCORE', failed, id) and id or nil
end

-- Returns references, at most max, passing over the first skip; missing ones are left out.
local function chosen(id, up_to_millis, max, skip)
  if id ~= '' then
    return { failed_ref(id) }
  end
  return redis.call('ZRANGEBYSCORE', failed, '-inf', up_to_millis, 'LIMIT', skip or 0, max)
end
