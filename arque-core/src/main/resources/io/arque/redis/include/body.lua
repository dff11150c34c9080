-- The head of a task's body record, as far as scripts need it. Format 1, big-endian:
--   u8 version | u48 enqueued at, ms (both added by enqueue.lua) | u8 flags | [1: u16 max attempts]
--   | [2: u48 time-out, ms] | [4: u16 length, custom id] | [8: headers] | payload | u8 spread
-- The last byte means nothing but differs from task to task. Lua computes the hash of a long string from some 32 of its
-- characters, the last first: bodies that differ in few others would all share one, and each be compared with all.

-- Whether this version knows the record's format. It may be damaged all the same.
local function readable_body(body)
  return string.byte(body) == 1
end

-- Max attempts (0 when the task sets none), custom id ('' when it has none), and where what follows begins. A damaged
-- record counts as one without options: whoever reads it whole will find the damage.
local function body_options(body)
  local flags, at, max, id = string.byte(body, 8), 9, 0, ''
  local ok = pcall(function()
    if flags % 2 >= 1 then
      max = struct.unpack('>I2', body, at)
      at = at + 2
    end
    if flags % 4 >= 2 then
      at = at + 6
    end
    if flags % 8 >= 4 then
      id, at = struct.unpack('>I2c0', body, at)
    end
  end)
  if not ok then
    return 0, '', 9
  end
  return max, id, at
end
