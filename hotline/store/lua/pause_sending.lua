--[[
  Send nothing for a while, because the carrier says we are too fast: twice as long each time in a row.

  Several workers slowed down at the same moment count as one.

  Input:
    KEYS[1] the send rate

    ARGV[1] a JSON object:
      first, longest    the first and the longest pause, in seconds

  Output:
    the seconds until texts may be sent again
]]
--- @include "send_rate"
local rate = KEYS[1]
local args, at = cjson.decode(ARGV[1]), now_ms() / 1000

if read_number(rate, 'slow_until') <= at then
  local pause = math.min(args.first * 2 ^ read_number(rate, 'in_a_row'), args.longest)
  redis.call('HINCRBY', rate, 'in_a_row', 1)
  redis.call('HSET', rate, 'slow_until', at + pause)
  keep_until(rate, at + pause, at)
end
return tostring(read_number(rate, 'slow_until') - at)
