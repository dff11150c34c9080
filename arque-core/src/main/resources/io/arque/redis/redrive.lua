-- Moves dead letters back to pending, with fresh attempts. One whose custom id a living task has now stays in failed, and so
-- does one whose record this version cannot read.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes config, pending, state, ids, failed, errors, waiters,
--       lane; for what has no body: tasks
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
--       4 custom id or reference of the one to move, '' for the oldest
--       5 only what failed up to this time, ms since the epoch, '' for now
--       6 how many at the most
--       7 how many of the oldest to pass over (those that had to stay in an earlier call)
-- Returns moved, left where they are because their id lives, the time in 5 or now, how many were looked at, left where they are
--         because they cannot be read
-- @include call
-- @include entry
-- @include state
-- @include body
-- @include dead
-- @include chosen
-- @include wake

local s = settings()
gate()
local now = clock()
local answer = recall()
if answer then
  local moved, left, up_to, seen, unreadable = string.match(answer, '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  return { tonumber(moved), tonumber(left), tonumber(up_to), tonumber(seen), tonumber(unreadable) }
end
local up_to = ARGV[5] ~= '' and tonumber(ARGV[5]) or now
local skip = tonumber(ARGV[7])
local refs = chosen(ARGV[4], up_to, tonumber(ARGV[6]), skip)
local moved, left, unreadable = 0, 0, 0
for _, ref in ipairs(refs) do
  local packed = redis.call('HGET', tasks, ref)
  local readable = packed and readable_body(packed) and known_state(redis.call('HGET', state, ref))
  local id = readable and select(2, body_options(packed)) or ''
  local other = id ~= '' and redis.call('HGET', ids, id)
  if not packed then
    delete_failed(ref) -- its body was removed by hand
  elseif not readable then
    unreadable = unreadable + 1
  elseif other and other ~= ref and redis.call('HEXISTS', tasks, other) == 1
      and not redis.call('ZSCORE', failed, other) then
    left = left + 1
  else
    if id ~= '' then
      redis.call('HSET', ids, id, ref)
    end
    redis.call('RPUSH', pending, entry(ref, now))
    redis.call('HDEL', state, ref)
    out_of_failed(ref)
    moved = moved + 1
  end
end
remember(string.format('%d %d %.0f %d %d', moved, left, up_to, #refs, unreadable))
wake(now, s)
return { moved, left, up_to, #refs, unreadable }
