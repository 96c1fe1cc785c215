--[[
  Note that a text got through: it ends pauses, counts and refusals with codes that it disproves.

  Input:
    KEYS[1] the send rate
    KEYS[2] the refusal

    ARGV[1] a JSON object:
      below             codes below this one are disproved

  Output:
    1 if that ended a refusal, else 0
]]
local rate, refusal = unpack(KEYS)
local args = cjson.decode(ARGV[1])
redis.call('HDEL', rate, 'in_a_row', 'slow_until')
local counted = redis.call('HGET', rate, 'strange')
if counted and tonumber(counted) < args.below then redis.call('HDEL', rate, 'strange', 'strange_times') end
local code = redis.call('HGET', refusal, 'code')
if not code or tonumber(code) >= args.below then return 0 end
return redis.call('DEL', refusal)
