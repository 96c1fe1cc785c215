--[[
  Settle the claim of a notice, or revoke a notice that never arrived.

  Input:
    KEYS[1] the person's requests

    ARGV[1] a JSON object:
      id                id of the request
      notice            the notice's occasion and target
      sent              id of the notice that was sent; without it, the target counts as not notified
      revoked           id of a notice that never arrived; without it, a claim is settled

  Output:
    1 if the request was changed, else 0
]]
local args = cjson.decode(ARGV[1])
local line = redis.call('HGET', KEYS[1], args.id)
if not line then return 0 end
local record = cjson.decode(line)
local held = (record.notices or {})[args.notice]
if args.revoked then
  if held ~= args.revoked then return 0 end
elseif type(held) ~= 'number' then
  return 0
end
record.notices[args.notice] = args.sent
redis.call('HSET', KEYS[1], args.id, cjson.encode(record))
return 1
