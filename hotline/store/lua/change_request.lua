--[[
  Change a request and its place in the lists, if it is still as it was read, and store a text to the parent with it.

  Input:
    KEYS[1] the person's requests
    KEYS[2] the waiting requests
    KEYS[3] the finished requests
    KEYS[4] the person's follow-ups
    KEYS[5] the due set
    KEYS[6] the person

    ARGV[1] a JSON object; the moments are in seconds since 1970:
      id                id of the request
      before            the request as it was read, as JSON
      after             the new request, as JSON
      waits_since       since when it waits; optional
      done              when it was finished; needed without `waits_since`
      text              a follow-up to store: id, record, due (its score) and ttl in seconds; optional

  Output:
    1 if it was changed, 0 if it was not as it was read, -1 for a text to a person who stopped
]]
local requests, requested, finished, followups, due, person = unpack(KEYS)
local args = cjson.decode(ARGV[1])
if redis.call('HGET', requests, args.id) ~= args.before then return 0 end
if args.text then
  if redis.call('HGET', person, 'texting') == 'stopped' then return -1 end
  redis.call('HSET', followups, args.text.id, args.text.record)
  redis.call('ZADD', due, args.text.due, args.text.id)
  redis.call('EXPIRE', followups, args.text.ttl)
end
redis.call('HSET', requests, args.id, args.after)
if args.waits_since then
  redis.call('ZREM', finished, args.id)
  redis.call('ZADD', requested, args.waits_since, args.id)
else
  redis.call('ZREM', requested, args.id)
  redis.call('ZADD', finished, args.done, args.id)
end
return 1
