-- Redis keeps a small hash or sorted set as one string, which it searches from the beginning: with up to 512 and 128
-- entries that took half of all the time of a busy queue. A name of more than 64 bytes makes Redis keep a key as a table,
-- until the key is gone. It is added with the others that make them many, and removed at once.
local MANY, LONG_NAME = 16, string.rep('-', 65)

-- Whether a key that holds so many comes to hold many.
local function becomes_roomy(before, added)
  return before < MANY and before + added >= MANY
end
