--- @include "each_record"
-- Erase a person.
--
-- Leaves the answer to this event, which no later turn deletes (`answers.lua`); the fact of an opt-out; and `new`, the
-- record to erase the data at the carrier, with the recordings of the person's requests. `keys` names the
-- person's keys; `ttl` is that of all but the answer, in seconds.
local function erase_person(keys, event, answer, new, ttl)
  local opted_out = redis.call('HMGET', keys.person, 'texting', 'stopped')
  for _, id in ipairs(redis.call('HKEYS', keys.followups)) do redis.call('ZREM', keys.due, id) end
  for _, id in ipairs(redis.call('HKEYS', keys.requests)) do
    redis.call('ZREM', keys.requested, id)
    redis.call('ZREM', keys.finished, id)
  end
  local recordings = {}
  for _, request in each_record(keys.requests) do
    if request.recording ~= '' then table.insert(recordings, request.recording) end
  end
  redis.call('DEL', keys.session, keys.answers, keys.person, keys.followups, keys.requests, keys.tail, keys.days_out)
  redis.call('HSET', keys.answers, event, '* ' .. answer)
  redis.call('EXPIRE', keys.answers, new.answer_ttl)
  if opted_out[1] == 'stopped' then
    redis.call('HSET', keys.person, 'texting', 'stopped', 'stopped', opted_out[2] or '')
    redis.call('EXPIRE', keys.person, ttl)
  end
  local record = cjson.decode(new.record)
  if #recordings > 0 then record.recordings = recordings end
  redis.call('HSET', keys.followups, new.id, cjson.encode(record))
  redis.call('ZADD', keys.due, new.due, new.id)
  redis.call('EXPIRE', keys.followups, ttl)
end
