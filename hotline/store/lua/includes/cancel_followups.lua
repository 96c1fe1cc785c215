--- @include "each_record"
-- Cancel the follow-ups that a turn ended, and return what still waits, as a set of `called` names.
--
-- `kinds` (or nil) and `reminders` are sets of names. A record that a worker has claimed or sent is marked
-- as cancelled, so that it is not sent, or not sent again.
local function cancel_followups(followups, due, kinds, reminders)
  local waiting = {}
  for id, record in each_record(followups) do
    local ends = kinds and kinds[record.kind] or reminders[record.reminder]
    if ends and record.state == 'waiting' then
      record.state, record.sealed = 'dropped', nil
      redis.call('HSET', followups, id, cjson.encode(record))
      redis.call('ZREM', due, id)
    elseif ends and (record.state == 'claimed' or record.state == 'sent') then
      record.cancelled = true
      redis.call('HSET', followups, id, cjson.encode(record))
    elseif record.state == 'waiting' or record.state == 'claimed' then
      waiting[record.kind .. ' ' .. (record.reminder or '')] = true
    end
  end
  return waiting
end
