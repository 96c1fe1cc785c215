--[[
  Return the number of the latest version, without the version itself.

  Input:
    KEYS[1] the versions

    ARGV[1] a JSON object, empty

  Output:
    the number, 0 if there is no version
]]
local latest = redis.call('LINDEX', KEYS[1], -1)
return latest and cjson.decode(latest).number or 0
