--[[
  Replace a field of a hash, if it still has the value that was read.

  Input:
    KEYS[1] the hash

    ARGV[1] a JSON object:
      field             its name
      before            the value that was read
      after             the new value

  Output:
    1 if it was replaced, else 0
]]
local args = cjson.decode(ARGV[1])
if redis.call('HGET', KEYS[1], args.field) ~= args.before then return 0 end
redis.call('HSET', KEYS[1], args.field, args.after)
return 1
