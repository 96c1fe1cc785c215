--[[
  Store the line type that a look-up found, while the look-up's record exists: so never after an erasure.

  Input:
    KEYS[1] the person's follow-ups
    KEYS[2] the due set
    KEYS[3] the person

    ARGV[1] a JSON object:
      id                id of the record
      line              the line type
      now               in seconds since 1970
      ttl               of the person's record at least, in seconds
      done              true to delete the record as well

  Output:
    1 if it was stored, else 0
]]
local followups, due, person = unpack(KEYS)
local args = cjson.decode(ARGV[1])

if redis.call('HEXISTS', followups, args.id) == 0 then return 0 end
redis.call('HSET', person, 'line', args.line, 'line_at', args.now)
if redis.call('TTL', person) < args.ttl then redis.call('EXPIRE', person, args.ttl) end
if args.done then
  redis.call('HDEL', followups, args.id)
  redis.call('ZREM', due, args.id)
end
return 1
