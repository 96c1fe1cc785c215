--[[
  Apply a delivery status from the carrier to a record. While a worker has the claim it is only noted.

  Input:
    KEYS[1] the person's follow-ups
    KEYS[2] the due set
    KEYS[3] the person

    ARGV[1] a JSON object:
      id                id of the record
      status            its state and the carrier's id (`sid`); optionally its reason, and what `again` needs
      asked_first       `followup_record.ASKED_FIRST`

  Output:
    0 if the record is gone, 1 if the status is not news, 2 if it is
]]
--- @include "followup_record"
local followups, due = unpack(KEYS)
local args = cjson.decode(ARGV[1])
local id, status, record = args.id, args.status, read_record(followups, args.id)

if not record then return 0 end
for _, sid in ipairs(record.past or {}) do
  if sid == status.sid then return 1 end
end
if record.sid and record.sid ~= status.sid then return 1 end
record.sid = status.sid
local result = 1
if record.state == 'claimed' then
  if not record.heard or RANK[status.state] > RANK[record.heard.state] then record.heard, result = status, 2 end
elseif RANK[status.state] > RANK[record.state] then
  apply_status(record, status)
  result = 2
end
write_record(followups, due, id, record, args.asked_first)
return result
