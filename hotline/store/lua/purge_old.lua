--[[
  Delete what is older than its cutoff from one of a person's hashes. A record that cannot be parsed stays
  until its key expires.

  Input:
    KEYS[1] the person, or the person's follow-ups or requests

    ARGV[1] a JSON object; the cutoffs are in seconds since 1970:
      kind              'person', 'followups' or 'requests'
      ended             cutoff of a follow-up that ended
      line              cutoff of a line type
      finished          cutoff of a finished request

  Output:
    how many fields were deleted
]]
local key, args = KEYS[1], cjson.decode(ARGV[1])
local ENDED = {sent = true, delivered = true, failed = true, dropped = true}

if args.kind == 'person' then
  local at = tonumber(redis.call('HGET', key, 'line_at') or args.line)
  return at < args.line and redis.call('HDEL', key, 'line', 'line_at') or 0
end

local function is_old(line)
  local record = cjson.decode(line)
  if args.kind == 'followups' then
    return ENDED[record.state] and (record.claimed_at or record.asked) < args.ended
  end
  return record.done ~= '' and record.done < args.finished
end

local deleted, all = 0, redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local read, old = pcall(is_old, all[i + 1])
  if read and old then deleted = deleted + redis.call('HDEL', key, all[i]) end
end
return deleted
