--[[
  Change or remove an account, if it still is as it was read; never the last one that is an admin.

  Input:
    KEYS[1] the accounts

    ARGV[1] a JSON object:
      name              its name
      before            the account as it was read
      after             the account as it becomes, '' to remove it
      admin             the role of which one account must be left
      even_last         whether the only account may be removed whatever its role

  Output:
    'done'; 'changed' if it is not as it was read; 'last' if no other account has the role `admin`
]]
local accounts = KEYS[1]
local args = cjson.decode(ARGV[1])
if redis.call('HGET', accounts, args.name) ~= args.before then return 'changed' end
local removed = args.after == ''
local was_admin = cjson.decode(args.before).role == args.admin
local is_admin = not removed and cjson.decode(args.after).role == args.admin
if was_admin and not is_admin then
  local count, admins = 0, 0
  for _, line in ipairs(redis.call('HVALS', accounts)) do
    count = count + 1
    if cjson.decode(line).role == args.admin then admins = admins + 1 end
  end
  if admins == 1 and not (removed and count == 1 and args.even_last) then return 'last' end
end
if removed then
  redis.call('HDEL', accounts, args.name)
else
  redis.call('HSET', accounts, args.name, args.after)
end
return 'done'
