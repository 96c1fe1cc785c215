--[[
  Note which process of Redis answers, and since when. A replica that took over may have been up for months: what
  counts is when it did, which was just now, as far as we know.

  Input:
    KEYS[1] the last restart

    ARGV[1] a JSON object:
      now               in seconds since 1970
      ttl               of the note, in seconds

  Output:
    {since when this process answers ('' for always), the moment of the backup that was restored, and when
     it was restored}
]]
local args = cjson.decode(ARGV[1])

-- Return a section of INFO; '' if the user of Redis may not use it, and then it counts as the same process for good.
local function info(section)
  local about = redis.pcall('INFO', section)
  return type(about) == 'string' and about or ''
end

local about = info('server')
local run, up = string.match(about, 'run_id:(%x+)'), string.match(about, 'uptime_in_seconds:(%d+)')
local was_replica = not string.find(info('replication'), 'second_repl_offset:-1', 1, true)
local known, since = unpack(redis.call('HMGET', KEYS[1], 'run', 'since'))
if run and known ~= run then
  -- Redis counts whole seconds, and one more than has passed where a second began meanwhile. tostring rounds to 0.1 ms.
  local up_for = was_replica and 0 or math.max(0, tonumber(up or 0) - 1)
  since = known and string.format('%.6f', args.now - up_for) or ''
  redis.call('HSET', KEYS[1], 'run', run, 'since', since)
end
redis.call('EXPIRE', KEYS[1], args.ttl)
return {since or '', unpack(redis.call('HMGET', KEYS[1], 'backup', 'restored'))}
