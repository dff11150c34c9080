-- Whether this is one node of a Cluster: it counts the receivers that are subscribed here, not those elsewhere.
local function counts_only_its_own()
  local info = redis.pcall('INFO', 'cluster')
  return type(info) == 'string' and string.find(info, 'cluster_enabled:1', 1, true) ~= nil
end

-- A waiter is the name of a lane (16 characters, the first 8 are its instance) and the working limit that its consumer
-- has configured. Those who have waited longest come first.
local function waiter_limit(waiter, s)
  return s.override or tonumber(string.sub(waiter, 17)) or 0
end

local TURN_MILLIS = 200 -- for so long a place is kept for a consumer that was called to take it

-- Until when a free place is kept for another lane than the one named, in ms since the epoch, or nil: dequeue.lua lets
-- a consumer have its turn that has waited for long. A turn that ends later than any can was given before Redis's clock
-- was set back, or is damaged.
local function kept_for_another(s, now, name)
  local till, lane_name = string.match(s.turn or '', '^(%d+) (.*)$')
  till = tonumber(till)
  return till and till > now and till <= now + TURN_MILLIS and lane_name ~= name and till or nil
end

-- Takes a waiter off the list that could take a task now, or any for news that any should know, and publishes the queue's
-- name to its instance; where nobody received it, the next, five at the most. On a Cluster only one is called, since
-- "nobody" says nothing there. PUBLISH is tried, not called: without permission for the channel it errors, and the slow
-- look has to do. Returns the waiter that may have heard, or nil.
local function call_waiter(s, now, any)
  local busy = redis.call('ZCARD', working) + (kept_for_another(s, now) and 1 or 0)
  local called = 0
  for _, waiter in ipairs(redis.call('ZRANGE', waiters, 0, 19)) do
    if any or busy < waiter_limit(waiter, s) then
      redis.call('ZREM', waiters, waiter)
      local receivers = redis.pcall('PUBLISH', channel_prefix .. string.sub(waiter, 1, 8), queue)
      called = called + 1
      if type(receivers) ~= 'number' or receivers > 0 or counts_only_its_own() then
        return waiter
      elseif called == 5 then
        return nil
      end
    end
  end
end

-- Calls a waiter if there is no pause, and either work that it could take or, told by the caller, an earlier due time
-- than before: one consumer has to know it. Entries of pending that the caller found out of reach are no work. Returns
-- the waiter that may have heard, or nil.
local function wake(now, s, sooner, out_of_reach)
  if s.paused or redis.call('ZCARD', waiters) == 0 then
    return nil
  end
  if sooner or redis.call('LLEN', pending) > (out_of_reach or 0)
    or #redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, 1) > 0 then
    return call_waiter(s, now, sooner)
  end
  return nil
end
