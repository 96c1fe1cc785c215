--- @include "each_record"
-- Return as JSON which reminders of the series were sent: a list of {reminder, seconds since 1970,
-- whether its question was answered}.
local function sent_reminders(followups)
  local sent = {}
  for _, record in each_record(followups) do
    local was_sent = record.state == 'sent' or record.state == 'delivered'
    if was_sent and record.kind == 'reminder' and not record.one_text then
      table.insert(sent, {record.reminder, record.claimed_at, record.answered or false})
    end
  end
  return cjson.encode(sent)
end
