--[[
  Count a wrong password, and lock the desk for whoever it counts for once there are too many.

  Input:
    KEYS[1] the count
    KEYS[2] the lockout

    ARGV[1] a JSON object:
      most              how many lock the desk
      window_ms         for how long they are counted, in milliseconds
      lockout_ms        how long the desk is locked, in milliseconds

  Output:
    nothing
]]
local count, lockout = unpack(KEYS)
local args = cjson.decode(ARGV[1])
local wrong = redis.call('INCR', count)
if wrong == 1 then redis.call('PEXPIRE', count, args.window_ms) end
if wrong < args.most then return end
redis.call('DEL', count)
redis.call('SET', lockout, '1', 'PX', args.lockout_ms)
