--- @include "each_record"
-- Mark a person's waiting requests as urgent; the staff are notified again of each that was not.
local function mark_urgent(requests)
  for id, record in each_record(requests) do
    if record.done == '' and not record.urgent then
      record.urgent, record.notices = true, nil
      redis.call('HSET', requests, id, cjson.encode(record))
    end
  end
end
