--[[
  Load a session of the desk, and start its idle time again.

  Input:
    KEYS[1] the session
    KEYS[2] the accounts

    ARGV[1] a JSON object:
      idle              the idle time, in seconds

  Output:
    {how many accounts there are, {name, generation, csrf, until} of the session, its account}
]]
local session, accounts = unpack(KEYS)
local args = cjson.decode(ARGV[1])
local fields = redis.call('HMGET', session, 'name', 'generation', 'csrf', 'until')
local account = fields[1] and redis.call('HGET', accounts, fields[1])
if fields[1] then redis.call('EXPIRE', session, args.idle) end
return {redis.call('HLEN', accounts), fields, account}
