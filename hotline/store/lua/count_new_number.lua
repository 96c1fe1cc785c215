--[[
  Count a new number that would be texted from a call, unless the hour has its most.

  Input:
    KEYS[1] the hour's numbers
    KEYS[2] the flag that the alarm was raised

    ARGV[1] a JSON object:
      who               the number, as a keyed hash
      most              how many numbers an hour may have
      ttl               of both keys, in seconds

  Output:
    1 if the number is allowed, 0 if there are too many, -1 if the alarm must be raised too
]]
local numbers, alarm = unpack(KEYS)
local args = cjson.decode(ARGV[1])
if redis.call('SISMEMBER', numbers, args.who) == 1 then return 1 end
if redis.call('SCARD', numbers) >= args.most then
  return redis.call('SET', alarm, 1, 'NX', 'EX', args.ttl) and -1 or 0
end
redis.call('SADD', numbers, args.who)
redis.call('EXPIRE', numbers, args.ttl)
return 1
