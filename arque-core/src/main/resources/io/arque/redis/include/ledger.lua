-- The ledger of a queue with partitions: which there are, and what each may hold of the working limit. It lies in the slot
-- of the plain queue, {<queue>}, which is one of its partitions. Fields:
--   v           format, '1'
--   limit       working limit that was divided last
--   m:<nonce>   a member: until when it is thought to live (ms since the epoch, a week ahead at most), its working
--               limit or 0, how many partitions it writes to
--   l:<count>   the tags of so many partitions, with blanks between them
--   t:<tag>     a partition: place in the order in which they were met, number of its last share, that share, what it may
--               be holding at the most, living tasks when last asked, '1' when told to pause, '1' when it has confirmed
local ledger = KEYS[12]

-- The numbers in a text, but none if one of them is larger than any that is written.
local function numbers(text)
  local found = {}
  for number in string.gmatch(text, '%d+') do
    if #number > 15 then
      return {}
    end
    found[#found + 1] = tonumber(number)
  end
  return found
end

-- Whether this can be the tag of a partition of this queue: another queue's keys must not be taken for its own.
local function is_tag(name)
  return name == queue
    or string.sub(name, 1, #queue + 1) == queue .. '#' and string.match(name, '^[%w._~#-]+$') ~= nil
end

-- What is damaged counts as not there: partitions tell what they have, and members note themselves again.
local function read_ledger()
  local book = { parts = {}, by_tag = {}, members = {}, layouts = {}, damaged = {} }
  local fields = redis.call('HGETALL', ledger)
  for i = 1, #fields, 2 do
    local field, value = fields[i], fields[i + 1]
    local kind, name = string.match(field, '^(%a):(.*)$')
    local n = numbers(value)
    if kind == 't' and #n == 7 and is_tag(name) then
      local p = { tag = name, index = n[1], seq = n[2], share = n[3], granted = n[4], tasks = n[5], paused = n[6] == 1,
        confirmed = n[7] == 1, stored = value }
      book.parts[#book.parts + 1] = p
      book.by_tag[name] = p
    elseif kind == 'm' and #n == 3 and share_of(n[2]) then
      book.members[name] = n
    elseif kind == 'l' and tonumber(name) then
      book.layouts[tonumber(name)] = value
    elseif kind == 't' or kind == 'm' then
      book.damaged[#book.damaged + 1] = field
    elseif field == 'limit' then
      book.limit = share_of(value)
    elseif field == 'v' and value ~= '1' then
      error('ARQUEFORMAT the ledger of queue ' .. queue .. ' has format ' .. value
        .. ', this version of Arque reads format 1')
    end
  end
  table.sort(book.parts, function(one, other) return one.index < other.index end)
  return book
end
