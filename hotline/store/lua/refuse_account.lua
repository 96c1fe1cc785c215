--[[
  Store that the carrier refuses our account, and since when.

  Input:
    KEYS[1] the send rate
    KEYS[2] the refusal

    ARGV[1] a JSON object; the moments are in seconds since 1970:
      code              the carrier's code
      now
      probe             when the next text may be tried
      ttl               of the refusal, in seconds

  Output:
    nothing
]]
local refusal = KEYS[2]
local args = cjson.decode(ARGV[1])
redis.call('HSETNX', refusal, 'since', args.now)
redis.call('HSET', refusal, 'code', args.code, 'probe', args.probe)
redis.call('EXPIRE', refusal, args.ttl)
