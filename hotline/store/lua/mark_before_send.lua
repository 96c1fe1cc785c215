--[[
  Store the mark of a text that is about to be sent, if it still may be sent.

  Input:
    KEYS[1] the person's follow-ups
    KEYS[2] the due set
    KEYS[3] the person

    ARGV[1] a JSON object:
      id                id of the record
      claim             number of the claim
      mark              the mark
      at                when this is, in seconds since 1970
      asked_first       `followup_record.ASKED_FIRST`

  Output:
    'go', 'lost', 'dropped' or 'stopped' (`followups.Intended`)
]]
--- @include "followup_record"
local followups, due, person = unpack(KEYS)
local args = cjson.decode(ARGV[1])
local id, record = args.id, read_record(followups, args.id)

if not (record and record.state == 'claimed' and record.claim == args.claim) then return 'lost' end
if record.cancelled then
  record.state, record.reason = 'dropped', 'cancelled'
  write_record(followups, due, id, record, args.asked_first)
  return 'dropped'
end
if redis.call('HGET', person, 'texting') == 'stopped' then return 'stopped' end
record.marks = record.marks or {}
table.insert(record.marks, args.mark)
record.marked_at = args.at
write_record(followups, due, id, record, args.asked_first)
return 'go'
