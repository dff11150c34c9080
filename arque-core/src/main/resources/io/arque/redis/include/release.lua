-- Removes the tasks whose lease is still the given one. Returns a character per task: 'R' released, 'L' lease lost.
local function release(refs, tokens)
  if #refs == 0 then
    return ''
  end
  local statuses, mine = {}, {}
  local packed = redis.call('HMGET', state, unpack(refs))
  local s
  for i, ref in ipairs(refs) do
    -- tasks that were leased together mostly have the same record, which is read once
    if i == 1 or packed[i] ~= packed[i - 1] or tokens[i] ~= tokens[i - 1] then
      s = leased_state(packed[i], tokens[i])
    end
    statuses[i] = s and 'R' or 'L'
    if s then
      mine[#mine + 1] = ref
      if s.id ~= '' and redis.call('HGET', ids, s.id) == ref then
        redis.call('HDEL', ids, s.id)
      end
    end
  end
  if #mine > 0 then
    redis.call('HDEL', tasks, unpack(mine))
    redis.call('HDEL', state, unpack(mine))
    redis.call('ZREM', working, unpack(mine))
  end
  return table.concat(statuses)
end
