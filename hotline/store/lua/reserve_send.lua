--[[
  Reserve a slot for a text, unless it must wait or the carrier refuses our account (`send_rate.py`).

  Input:
    KEYS[1] the send rate
    KEYS[2] the refusal

    ARGV[1] a JSON object; all times are in seconds:
      now               by the worker's clock, since 1970
      takes             how much of the rate the text takes
      burst             how much may be sent at once after a quiet time
      planned           false for a text that someone waits for
      probe_every       while the carrier refuses, how often one text is sent
      grace             how long the slot of a text that someone waits for is reserved

  Output:
    {'go'}, {'wait', seconds until its slot} or {'refused', code}
]]
--- @include "send_rate"
local rate, refusal = unpack(KEYS)
local args, at = cjson.decode(ARGV[1]), now_ms() / 1000

local code, probe = unpack(redis.call('HMGET', refusal, 'code', 'probe'))
if code and tonumber(probe) > args.now then return {'refused', code} end

local free, asked = math.max(read_number(rate, 'free'), at), read_number(rate, 'turn_asked')
local earliest, queue = math.max(free - args.burst, read_number(rate, 'slow_until')), 'turn_asked'
if args.planned then
  queue = 'turn'
  -- No planned text takes a slot while a text that someone waits for has one reserved.
  if asked + args.grace > at then earliest = math.max(earliest, asked + args.grace) end
end
if earliest > at then
  local slot = math.max(read_number(rate, queue), earliest)
  redis.call('HSET', rate, queue, slot + args.takes)
  keep_until(rate, slot + args.takes, at)
  return {'wait', tostring(slot - at)}
end
redis.call('HSET', rate, 'free', free + args.takes)
keep_until(rate, free + args.takes, at)
if code then redis.call('HSET', refusal, 'probe', args.now + args.probe_every) end
return {'go'}
