-- The state record of a task that has been leased at least once. Format 1, big-endian:
--   u8 version | u16 max attempts (0: the task sets none) | u16 attempts | u16 crashes | u16 requeues
--   | u48 last dequeued, ms | u48 last requeued, ms | u8 length of token | token ('' when not leased) | custom id
local STATE_HEAD = '>BI2I2I2I2I6I6Bc0'

local function fresh_state()
  return { max = 0, attempts = 0, crashes = 0, requeues = 0, dequeued = 0, requeued = 0, token = '', id = '' }
end

-- Whether this version knows the record's format, or there is none. It may be damaged all the same.
local function known_state(packed)
  return not packed or string.byte(packed) == 1
end

-- The record as a table; a fresh one when there is none; nil when it cannot be read.
local function read_state(packed)
  if not packed then
    return fresh_state()
  end
  if not known_state(packed) then
    return nil
  end
  local ok, _, max, attempts, crashes, requeues, dequeued, requeued, token, rest =
    pcall(struct.unpack, STATE_HEAD, packed)
  if not ok then
    return nil
  end
  return {
    max = max, attempts = attempts, crashes = crashes, requeues = requeues,
    dequeued = dequeued, requeued = requeued, token = token, id = string.sub(packed, rest)
  }
end

local function write_state(s)
  return struct.pack(STATE_HEAD, 1, s.max, math.min(s.attempts, 65535), math.min(s.crashes, 65535),
    math.min(s.requeues, 65535), s.dequeued, s.requeued, #s.token, s.token) .. s.id
end

-- The state of a task that is leased under this token; nil when the lease is not, or no longer, this one.
local function leased_state(packed, token)
  local s = packed and read_state(packed)
  if s and token ~= '' and s.token == token then
    return s
  end
  return nil
end
