-- Divides a queue's working limit among its partitions. What a partition may hold is raised only when the others have
-- confirmed that they hold so much less: the sum is never above the limit. Notes who calls, and what partitions have told.
--
-- KEYS  the plain queue's keys in the order of include/call.lua, then its ledger (include/ledger.lua); writes config,
--       waiters, lane, ledger
-- ARGV  1 call number in the lane
--       2 wake-up channels' prefix
--       3 queue's name
--       4 nonce of the instance that writes to or consumes the partitions in 7, '' to note nobody
--       5 its working limit, '0' when it does not consume
--       6 how long it is thought to live when it does not call again, ms
--       7 the tags of the partitions, with blanks between them
--       then four for each partition that was asked: tag, and the three numbers of take_share.lua
-- Returns 1 the working limit that is divided
--         2 five for each partition: tag, number of its share, share, '1' when paused, '1' when nothing is left to be done
--           about it: it has confirmed its share and holds no more
-- @include call
-- @include ledger
-- @include wake

local TURN_MILLIS = 5000 -- where there are more partitions than places, each has a place for this long in turn
local WEEK_MILLIS = 604800000 -- nobody is thought to live for longer: that is damaged, or the clock was set back

local s = settings()
gate()
local now = clock()
local book = read_ledger()
local base

-- Enters a partition that was not known, with what it may hold already.
local function enter(tag, seq, share, granted)
  local p = { tag = tag, index = #book.parts + 1, seq = seq, share = share, granted = granted, tasks = 0, paused = false,
    confirmed = true, stale = seq > 0 }
  book.parts[p.index] = p
  book.by_tag[tag] = p
  return p
end

local function store(p)
  local text = string.format('%.0f %.0f %.0f %.0f %.0f %d %d', p.index, p.seq, p.share, p.granted, p.tasks,
    p.paused and 1 or 0, p.confirmed and 1 or 0)
  if text ~= p.stored then
    redis.call('HSET', ledger, 't:' .. p.tag, text)
    p.stored = text
  end
end

-- The plain queue has no share before there is a ledger: it may hold what its consumers last applied.
local function meet_base()
  local busy = redis.call('ZCARD', working)
  base = book.by_tag[queue]
  if not base then
    base = enter(queue, 0, s.limit or s.applied or 0, 0)
    redis.call('HSET', ledger, 'v', '1')
  end
  if s.share then
    base.share = s.share
  else
    redis.call('HSET', config, 'share', base.share, 'v', '1')
  end
  base.granted = math.max(base.share, busy)
  base.tasks = math.max(0, redis.call('HLEN', tasks) - redis.call('ZCARD', failed))
end

-- What partitions have told of themselves. One that has a newer share than the ledger knows, which a fail-over may have
-- forgotten, is believed, and gets a newer one.
local function hear(tag, seq, held, in_it)
  local p = book.by_tag[tag]
  if not p then
    p = enter(tag, seq, seq > 0 and held or 0, held)
  elseif seq == p.seq then
    p.confirmed = true
    p.granted = math.max(p.share, math.min(p.granted, held))
  elseif seq > p.seq then
    p.seq, p.stale = seq, true
    p.granted = math.max(p.granted, held)
  end
  p.tasks = in_it
end

-- Notes who calls, forgets who has died, and returns the working limit: the one that was set at run time, or the largest
-- of the members', or while none consumes the last.
local function note_members()
  if ARGV[4] ~= '' then
    local count = select(2, string.gsub(ARGV[7], '%S+', ''))
    if book.layouts[count] ~= ARGV[7] then
      redis.call('HSET', ledger, 'l:' .. count, ARGV[7])
      book.layouts[count] = ARGV[7]
    end
    local member = { now + math.min(tonumber(ARGV[6]), WEEK_MILLIS), tonumber(ARGV[5]), count }
    book.members[ARGV[4]] = member
    redis.call('HSET', ledger, 'm:' .. ARGV[4], string.format('%.0f %.0f %d', unpack(member)))
  end
  local limit = 0
  for name, member in pairs(book.members) do
    if member[1] < now or member[1] > now + WEEK_MILLIS then
      redis.call('HDEL', ledger, 'm:' .. name)
    else
      limit = math.max(limit, member[2])
      for tag in string.gmatch(book.layouts[member[3]] or '', '%S+') do
        local p = book.by_tag[tag] or is_tag(tag) and enter(tag, 0, 0, 0)
        if p then
          p.written = true
        end
      end
    end
  end
  return s.limit or limit > 0 and limit or book.limit or base.share
end

-- What each partition should have: those that are written to the same, others no more than they have tasks.
local function divide(limit)
  local active = {}
  for _, p in ipairs(book.parts) do
    p.want = 0
    if p.written or p.tasks > 0 then
      active[#active + 1] = p
    end
  end
  if #active > limit then
    local first = math.floor(now / TURN_MILLIS) * limit
    for i = 0, limit - 1 do
      active[(first + i) % #active + 1].want = 1
    end
    return
  end
  local left, count = limit, #active
  for _, written in ipairs({ false, true }) do
    for _, p in ipairs(active) do
      if (p.written or false) == written then
        p.want = math.floor(left / count)
        if not written then
          p.want = math.min(p.want, p.tasks)
        end
        left, count = left - p.want, count - 1
      end
    end
  end
end

-- Gives partitions another share: less first, then more, as far as there is room.
local function give(limit)
  local sum = 0
  local function another(p, share)
    p.share, p.paused, p.confirmed, p.stale = share, s.paused, false, false
    p.seq = p.seq + 1
    local granted = math.max(p.granted, share)
    sum = sum + granted - p.granted
    p.granted = granted
  end
  for _, p in ipairs(book.parts) do
    sum = sum + p.granted
  end
  for _, p in ipairs(book.parts) do
    if p ~= base and (p.want < p.share or p.stale or p.paused ~= s.paused and p.seq > 0) then
      another(p, math.min(p.want, p.share))
    end
  end
  for _, p in ipairs(book.parts) do
    local share = math.min(p.want, limit - sum + p.granted)
    if p ~= base and share > p.share then
      another(p, share)
    end
  end
  return sum
end

-- The plain queue lies in this slot, so that it gets its share at once.
local function lower_base()
  if base.want < base.share then
    redis.call('HSET', config, 'share', base.want)
    base.share = base.want
    base.granted = math.max(base.want, redis.call('ZCARD', working))
  end
end

local function raise_base(room)
  local share = math.min(base.want, room + base.granted)
  if share <= base.share then
    return false
  end
  base.share = share
  base.granted = math.max(base.granted, share)
  store(base)
  redis.call('HSET', config, 'share', share)
  return true
end

if not recall() then
  if #book.damaged > 0 then
    redis.call('HDEL', ledger, unpack(book.damaged))
  end
  meet_base()
  for i = 8, #ARGV, 4 do
    hear(ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]))
  end
  local limit = note_members()
  if limit ~= book.limit then
    redis.call('HSET', ledger, 'limit', limit)
    book.limit = limit
  end
  divide(limit)
  lower_base()
  local raised = raise_base(limit - give(limit))
  for _, p in ipairs(book.parts) do
    store(p)
  end
  remember('OK')
  if raised then
    wake(now, settings(), true)
  end
else
  base = book.by_tag[queue]
end

local shares = {}
for _, p in ipairs(book.parts) do
  local settled = p.granted <= p.share and (p.confirmed or p == base or p.seq == 0)
  for _, part in ipairs({ p.tag, p.seq, p.share, p.paused and 1 or 0, settled and 1 or 0 }) do
    shares[#shares + 1] = part
  end
end
return { book.limit or 0, shares }
