--[[
  Count a refusal with a code that we do not know; another code starts the count again.

  Input:
    KEYS[1] the send rate

    ARGV[1] a JSON object:
      code              the carrier's code, as a string
      ttl               of the count, in seconds

  Output:
    how many refusals with this code came in a row
]]
local rate = KEYS[1]
local args = cjson.decode(ARGV[1])
if redis.call('HGET', rate, 'strange') ~= args.code then
  redis.call('HSET', rate, 'strange', args.code, 'strange_times', 0)
end
if redis.call('TTL', rate) < args.ttl then redis.call('EXPIRE', rate, args.ttl) end
return redis.call('HINCRBY', rate, 'strange_times', 1)
