--- @include "now_ms"
-- The send rate (`send_rate.py`), by Redis's clock.

-- Return a number of the rate, 0 if it is not stored.
local function read_number(rate, field)
  return tonumber(redis.call('HGET', rate, field) or 0)
end

-- Keep the rate until an hour after `time`.
local function keep_until(rate, time, now)
  redis.call('EXPIRE', rate, math.ceil(time - now) + 3600)
end
