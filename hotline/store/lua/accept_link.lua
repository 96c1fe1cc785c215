--[[
  Use up a link to set the passphrase of an account.

  Input:
    KEYS[1] the accounts
    KEYS[2] the link

    ARGV[1] a JSON object:
      hash              hash of the new passphrase
      generation        the account's new generation

  Output:
    the account's name; false for a link that was used, or one whose account has changed since
]]
local accounts, link_key = unpack(KEYS)
local args = cjson.decode(ARGV[1])
local line = redis.call('GET', link_key)
if not line then return false end
local link = cjson.decode(line)
local account = redis.call('HGET', accounts, link.name)
redis.call('DEL', link_key)
if not account then return false end
local record = cjson.decode(account)
if record.generation ~= link.generation then return false end
record.hash, record.generation = args.hash, args.generation
redis.call('HSET', accounts, link.name, cjson.encode(record))
return link.name
