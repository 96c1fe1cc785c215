--[[
  Claim a record that waits, or whose claim is stale.

  A person's planned texts are claimed one at a time, so that the daily limit counts each.

  Input:
    KEYS[1] the person's follow-ups
    KEYS[2] the due set
    KEYS[3] the person

    ARGV[1] a JSON object; all moments are in seconds since 1970:
      id                id of the record
      now
      stale             a claim made by then has lost its worker
      rival_due         when to try again while another planned text of the person is being sent
      asked_first       `followup_record.ASKED_FIRST`

  Output:
    {} if it was not claimed, else {the record as JSON, {texting, language, sealed, line, line_at},
    when the claim that has lost its worker was made, or marked a text; or nil}
]]
--- @include "followup_record"
local followups, due, person = unpack(KEYS)
local args = cjson.decode(ARGV[1])
local id, record = args.id, read_record(followups, args.id)

local recovered = record and record.state == 'claimed' and record.claimed_at <= args.stale
if not recovered and not (record and record.state == 'waiting') then
  if not (record and record.state == 'claimed') then redis.call('ZREM', due, id) end
  return {}
end
if not recovered and is_planned(record) then
  for _, other in each_record(followups) do
    if other.state == 'claimed' and is_planned(other) then
      redis.call('ZADD', due, args.rival_due, id)
      return {}
    end
  end
end

local lost_at = recovered and tostring(record.marked_at or record.claimed_at) or false
record.unsure_since = recovered and (record.unsure_since or record.claimed_at) or nil
if not recovered then record.marks, record.sid = nil, nil end
record.marked_at = nil
record.state, record.claimed_at, record.attempts = 'claimed', args.now, record.attempts + 1
record.claim = (record.claim or 0) + 1
local line = write_record(followups, due, id, record, args.asked_first)
return {line, redis.call('HMGET', person, 'texting', 'language', 'sealed', 'line', 'line_at'), lost_at}
