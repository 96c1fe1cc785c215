--[[
  Change a request and its place in the lists, if it is still as it was read.

  Input:
    KEYS[1] the person's requests
    KEYS[2] the waiting requests
    KEYS[3] the finished requests

    ARGV[1] a JSON object; the moments are in seconds since 1970:
      id                id of the request
      before            the request as it was read, as JSON
      after             the new request, as JSON
      waits_since       since when it waits; optional
      done              when it was finished; needed without `waits_since`

  Output:
    1 if it was changed, else 0
]]
local requests, requested, finished = unpack(KEYS)
local args = cjson.decode(ARGV[1])
if redis.call('HGET', requests, args.id) ~= args.before then return 0 end
redis.call('HSET', requests, args.id, args.after)
if args.waits_since then
  redis.call('ZREM', finished, args.id)
  redis.call('ZADD', requested, args.waits_since, args.id)
else
  redis.call('ZREM', requested, args.id)
  redis.call('ZADD', finished, args.done, args.id)
end
return 1
