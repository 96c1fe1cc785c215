-- Return a record from its JSON; nil if it cannot be read, and then it counts as one that does not exist.
local function parse_record(line)
  local read, record = pcall(cjson.decode, line)
  return read and type(record) == 'table' and record or nil
end

-- Iterate over the records of a hash: the id and the record of each that can be read.
local function each_record(key)
  local all, at = redis.call('HGETALL', key), -1
  return function()
    while at + 2 < #all do
      at = at + 2
      local record = parse_record(all[at + 1])
      if record then return all[at], record end
    end
  end
end
