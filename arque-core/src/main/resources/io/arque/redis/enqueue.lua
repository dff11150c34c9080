-- Adds tasks to pending, or to delayed when they are not due. A custom id that a living task has is never a second task.
--
-- KEYS  the queue's keys in the order of include/call.lua; writes config, tasks, pending, delayed, ids, state, waiters, lane
--       then, for a call that comes after another, the lane of that
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
--       then two for each task:
--         reference, 16 characters, never used before; in most cases this is all, else follows
--           when it is due: nothing for now | '+<ms>' from now | '<ms>' since the epoch
--           with a custom id '|', and: 'K<id>' keep the first | 'R<id>' replace what is not working | 'D<id>' refuse a
--           duplicate | 'E<reference><id>' the same, unless it is of this reference: an earlier call of the same caller
--           added it
--         body record without version and time (include/body.lua)
--       then, if a twelfth key is given, a number: the tasks are added only when that lane has made the call of this
--       number; else nothing is changed, and the error is ARQUEEARLY
-- Returns a character per task: 'A' added, 'K' the first was kept, 'R' replaced, 'D' refused as a duplicate,
--         'W' not replaced because the first is being worked on
-- @include call
-- @include after
-- @include entry
-- @include roomy
-- @include wake

local s = settings()
local answer = recall()
if answer then
  return answer
end

local last_argument = #ARGV
if before then
  check_order(tonumber(ARGV[last_argument]))
  last_argument = last_argument - 1
end

local now = clock()
local stamp = struct.pack('>BI6', 1, now)
local bodies, entries, due_at, statuses = {}, {}, {}, {}
local first_due = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
first_due = first_due and tonumber(first_due) or math.huge
local sooner, replaced = false, {}

-- The living task that has this id, if any. A dead letter keeps its id findable, but does not block it.
local function living(id)
  local ref = redis.call('HGET', ids, id)
  if ref and redis.call('HEXISTS', tasks, ref) == 1 and not redis.call('ZSCORE', failed, ref) then
    return ref
  end
  return nil
end

for i = 4, last_argument, 2 do
  local ref, body, at, custom = ARGV[i], ARGV[i + 1], '', ''
  if #ref > 16 then
    local bar = string.find(ref, '|', 17, true)
    at = string.sub(ref, 17, bar and bar - 1)
    custom = bar and string.sub(ref, bar + 1) or ''
    ref = string.sub(ref, 1, 16)
  end
  local status = 'A'
  if custom ~= '' then
    local choice, id, earlier = string.sub(custom, 1, 1), string.sub(custom, 2), nil
    if choice == 'E' then
      choice, earlier, id = 'D', string.sub(custom, 2, 17), string.sub(custom, 18)
    end
    local other = living(id)
    if other and other == earlier then
      status = 'E'
    elseif other and choice ~= 'R' then
      status = choice
    elseif other and redis.call('ZSCORE', working, other) then
      status = 'W'
    elseif other and at == '' and not due_at[other] and not redis.call('ZSCORE', delayed, other) then
      -- pending and to stay so: it keeps its place
      redis.call('HSET', tasks, other, stamp .. body)
      redis.call('HDEL', state, other)
      status = 'P'
    else
      redis.call('HSET', tasks, ref, stamp .. body)
      redis.call('HSET', ids, id, ref)
      if other then
        status = 'R'
        replaced[#replaced + 1] = other
        due_at[other] = nil -- it may be of this very call
      end
    end
  else
    bodies[#bodies + 1] = ref
    bodies[#bodies + 1] = stamp .. body
  end
  if status == 'A' or status == 'R' then
    local due = now
    if string.sub(at, 1, 1) == '+' then
      due = now + tonumber(string.sub(at, 2))
    elseif at ~= '' then
      due = tonumber(at)
    end
    if due > now then
      due_at[ref] = due
      sooner = sooner or due < first_due
    else
      entries[#entries + 1] = entry(ref, now)
    end
  end
  statuses[#statuses + 1] = status == 'P' and 'R' or status == 'E' and 'A' or status
end

if #bodies > 0 then
  -- a record that is long makes the key roomy by itself
  local roomy = #bodies[2] <= 64 and becomes_roomy(redis.call('HLEN', tasks), #bodies / 2)
  if roomy then
    bodies[#bodies + 1], bodies[#bodies + 2] = LONG_NAME, ''
  end
  redis.call('HSET', tasks, unpack(bodies))
  if roomy then
    redis.call('HDEL', tasks, LONG_NAME)
  end
end
if #entries > 0 then
  redis.call('RPUSH', pending, unpack(entries))
end
local scores = {}
for ref, due in pairs(due_at) do
  scores[#scores + 1] = due
  scores[#scores + 1] = ref
end
if #scores > 0 then
  redis.call('ZADD', delayed, unpack(scores))
end
-- What was pending or delayed goes when what replaces it is in. Its entry in pending stays behind as a ghost, which
-- dequeue skips.
if #replaced > 0 then
  redis.call('HDEL', tasks, unpack(replaced))
  redis.call('HDEL', state, unpack(replaced))
  redis.call('ZREM', delayed, unpack(replaced))
end
if not s.version then
  redis.call('HSET', config, 'v', '1')
end
answer = table.concat(statuses)
remember(answer)
wake(now, s, sooner)
return answer
