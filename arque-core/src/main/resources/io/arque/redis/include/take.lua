-- Takes up to max tasks from the head of pending and leases them under the token. Bounds: 4 MB of bodies (at least one
-- task), 1,000 entries passed over, some 100 spent tasks. Passed over are ghosts (entries whose body is gone), tasks
-- whose attempts or crashes are spent (they go to failed), records that this version cannot read, and suspects beyond the
-- first (both stay). A suspect has crashed so often that it may be what kills its workers: a consumer has one at a time,
-- so that it takes no other suspect with it.
local MAX_BYTES, MAX_PASSED_OVER, MAX_SPENT = 4194304, 1000, 100

-- The reason why a task must not be delivered once more, as an error record; nil when it may be.
local function spent(s, limits)
  if s.crashes >= limits.crashes then
    return '1io.arque.WorkerCrashed\0The lease expired ' .. s.crashes .. ' times: each time the worker died, or could'
      .. ' not reach Redis to renew it\0\0'
  end
  local max = s.max > 0 and s.max or limits.attempts
  if s.attempts - s.crashes >= max then
    return '1io.arque.AttemptsSpent\0' .. (s.attempts - s.crashes) .. ' attempts were made, ' .. max
      .. ' are allowed\0\0'
  end
  return nil
end

-- The state record of a task at its first lease. Most tasks set nothing: those of a call share one, in 'plain'.
local function first_state(body, token, now, plain)
  local flags = string.byte(body, 8) or 0
  if flags % 8 == 0 and plain[1] then
    return plain[1]
  end
  local s = fresh_state()
  s.max, s.id = body_options(body)
  s.attempts, s.dequeued, s.token = 1, now, token
  local record = write_state(s)
  if flags % 8 == 0 then
    plain[1] = record
  end
  return record
end

-- Writes the leases of what was taken.
local function lease(taken, deadline)
  local deadlines, updates, count = {}, {}, #taken.refs
  local roomy_working = becomes_roomy(redis.call('ZCARD', working), count)
  local roomy_state = becomes_roomy(redis.call('HLEN', state), count)
  if roomy_working then
    deadlines = { deadline, LONG_NAME }
  end
  if roomy_state then
    updates = { LONG_NAME, '' }
  end
  local d, u = #deadlines, #updates
  for i, ref in ipairs(taken.refs) do
    deadlines[d + 1], deadlines[d + 2] = deadline, ref
    updates[u + 1], updates[u + 2] = ref, taken.states[i]
    d, u = d + 2, u + 2
  end
  redis.call('ZADD', working, unpack(deadlines))
  redis.call('HSET', state, unpack(updates))
  if roomy_working then
    redis.call('ZREM', working, LONG_NAME)
  end
  if roomy_state then
    redis.call('HDEL', state, LONG_NAME)
  end
end

-- Returns what was leased (references, bodies, states), how many went to failed, how many were unreadable, and how many
-- entries of pending are out of reach now: those that stay, or all when there are too many of them at the head.
local function take(max, token, deadline, now, limits, may_suspect)
  local taken, kept, plain = { refs = {}, bodies = {}, states = {} }, {}, {}
  local scanned, bytes, largest, exhausted, unreadable, full = 0, 0, 0, 0, 0, false
  while not full and #taken.refs < max and scanned < max + MAX_PASSED_OVER and exhausted < MAX_SPENT do
    -- ask for few at first, then for as many as the bytes left allow: bodies must not be read in vain
    local want = math.min(max - #taken.refs, largest == 0 and 5 or MAX_SPENT)
    if largest > 0 then
      want = math.max(1, math.min(want, math.floor((MAX_BYTES - bytes) / largest)))
    end
    local entries = redis.call('LRANGE', pending, scanned, scanned + want - 1)
    if #entries == 0 then
      break
    end
    local refs = {}
    for i, e in ipairs(entries) do
      refs[i] = string.sub(e, 1, 16)
    end
    -- spent tasks and suspects are told by their state: their bodies, which may be large and many, are not read
    local packed = redis.call('HMGET', state, unpack(refs))
    local states, reasons, stays, wanted = {}, {}, {}, {}
    for i, ref in ipairs(refs) do
      states[i] = packed[i] and read_state(packed[i]) or not packed[i]
      if packed[i] and states[i] then
        reasons[i] = spent(states[i], limits)
        if not reasons[i] and states[i].crashes >= limits.suspect then
          stays[i] = not may_suspect
          may_suspect = false
        end
      end
      if not reasons[i] and not stays[i] then
        wanted[#wanted + 1] = ref
      end
    end
    local bodies = #wanted > 0 and redis.call('HMGET', tasks, unpack(wanted)) or {}
    local next_body = 0
    for i, ref in ipairs(refs) do
      if reasons[i] then
        if redis.call('HEXISTS', tasks, ref) == 1 then
          to_failed(ref, states[i], reasons[i], now)
          exhausted = exhausted + 1
        end
      elseif stays[i] then
        kept[#kept + 1] = entries[i]
      else
        next_body = next_body + 1
        local body, s = bodies[next_body], states[i]
        if body then
          if #taken.refs > 0 and bytes + #body > MAX_BYTES then
            full = true
            break
          end
          bytes = bytes + #body
          largest = math.max(largest, #body)
          if not s or not readable_body(body) then
            kept[#kept + 1] = entries[i]
            unreadable = unreadable + 1
          else
            local n = #taken.refs + 1
            taken.refs[n], taken.bodies[n] = ref, body
            if packed[i] then
              s.attempts = s.attempts + 1
              s.dequeued = now
              s.token = token
              taken.states[n] = write_state(s)
            else
              taken.states[n] = first_state(body, token, now, plain)
            end
          end
        end
      end
      scanned = scanned + 1
    end
  end
  if #taken.refs > 0 then
    lease(taken, string.format('%.0f', deadline)) -- a number would be printed for each task
  end
  if scanned > #kept then
    -- what stays moves up to the end of what was passed over, the last first, before the rest is cut off: so each entry
    -- is in the list at every moment
    for i = #kept, 1, -1 do
      redis.call('LSET', pending, scanned - #kept + i - 1, kept[i])
    end
    redis.call('LTRIM', pending, scanned - #kept, -1)
  end
  return taken, exhausted, unreadable, #kept == scanned and redis.call('LLEN', pending) or #kept
end
