--[[
  Claim the notice of a request to one target, if it is not sent or claimed yet and the request waits.

  Input:
    KEYS[1] the person's requests

    ARGV[1] a JSON object; the moments are in seconds since 1970:
      id                id of the request
      notice            the notice's occasion and target
      now
      expires           when the claim expires

  Output:
    1 if it is claimed now, else 0
]]
local args = cjson.decode(ARGV[1])
local line = redis.call('HGET', KEYS[1], args.id)
if not line then return 0 end
local record = cjson.decode(line)
if record.done ~= '' then return 0 end
record.notices = record.notices or {}
local held = record.notices[args.notice]
if type(held) == 'string' or (held and held > args.now) then return 0 end
record.notices[args.notice] = args.expires
redis.call('HSET', KEYS[1], args.id, cjson.encode(record))
return 1
