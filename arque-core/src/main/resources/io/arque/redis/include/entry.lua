-- An entry of the pending list: the task's reference (16 characters) and the time since when it is pending (6 bytes,
-- big-endian, milliseconds since the epoch).
local function entry(ref, now)
  return ref .. struct.pack('>I6', now)
end
