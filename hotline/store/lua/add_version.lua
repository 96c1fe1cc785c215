--[[
  Add a version of the settings made at the desk, if nobody has added one since.

  Input:
    KEYS[1] the versions

    ARGV[1] a JSON object:
      follows           number of the version that was changed, 0 for none
      version           the new version, as JSON
      most              how many versions are stored

  Output:
    1 if it was added, else 0
]]
local args = cjson.decode(ARGV[1])
local latest = redis.call('LINDEX', KEYS[1], -1)
local number = latest and cjson.decode(latest).number or 0
if number ~= args.follows then return 0 end
redis.call('RPUSH', KEYS[1], args.version)
redis.call('LTRIM', KEYS[1], -args.most, -1)
return 1
