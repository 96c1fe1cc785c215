--[[
  Change a record, if its state may move to the new one.

  A delivery status that came while the record was claimed applies now.

  Input:
    KEYS[1] the person's follow-ups
    KEYS[2] the due set
    KEYS[3] the person

    ARGV[1] a JSON object:
      id                id of the record
      changes           its new fields; `state` is one of them
      claim             number of the claim that is given back; optional
      asked_first       `followup_record.ASKED_FIRST`

  Output:
    nothing
]]
--- @include "followup_record"
local followups, due = unpack(KEYS)
local args = cjson.decode(ARGV[1])
local id, changes, record = args.id, args.changes, read_record(followups, args.id)

if not record then return end
if changes.state == 'waiting' then
  if record.state ~= 'claimed' or (args.claim and record.claim ~= args.claim) then return end
  if record.cancelled then changes = {state = 'dropped', reason = 'cancelled'} end
elseif RANK[changes.state] <= RANK[record.state] then
  record.sid = record.sid or changes.sid
  redis.call('HSET', followups, id, cjson.encode(record))
  return
end
for field, value in pairs(changes) do record[field] = value end
local status = record.heard
if status and RANK[status.state] > RANK[record.state] then apply_status(record, status) end
write_record(followups, due, id, record, args.asked_first)
