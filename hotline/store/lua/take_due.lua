--[[
  Take due records, and lease them: they stay in the due set, at a later time.

  Input:
    KEYS[1] the due set

    ARGV[1] a JSON object:
      first, last       the range of scores to take
      lease             the score until which they are leased
      most              how many to take

  Output:
    the ids of the records
]]
local args = cjson.decode(ARGV[1])
local taken = redis.call('ZRANGEBYSCORE', KEYS[1], args.first, args.last, 'LIMIT', 0, args.most)
for _, id in ipairs(taken) do redis.call('ZADD', KEYS[1], args.lease, id) end
return taken
