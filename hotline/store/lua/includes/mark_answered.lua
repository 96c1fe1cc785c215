--- @include "each_record"
-- Mark the reminders sent whose question was answered, and unmark those whose answer was taken back.
--
-- `answered` is a table of names of reminders, with true or false.
local function mark_answered(followups, answered)
  for id, record in each_record(followups) do
    local is_answered = answered[record.reminder]
    local was_sent = record.state == 'claimed' or record.state == 'sent' or record.state == 'delivered'
    if is_answered ~= nil and was_sent then
      record.answered = is_answered or nil
      redis.call('HSET', followups, id, cjson.encode(record))
    end
  end
end
