--- @include "each_record"
-- Store a request for a person (`requests.new_request`) once, and keep it for `ttl` seconds.
--
-- A request for a call back replaces the person's earlier one, and inherits since when they wait, the
-- notices sent, the claim and the notes. One that is the first urgent one is announced again. A voicemail
-- replaces nothing. How the parent named a good time stays with a request of the same talk: "when he naps", then a key.
local SAME_TALK = 1800

local function store_request(requests, requested, new, ttl)
  if redis.call('HEXISTS', requests, new.id) == 1 then return end
  local record = cjson.decode(new.record)
  if record.recording == '' then
    for id, earlier in each_record(requests) do
      if earlier.recording == '' and earlier.done == '' then
        record.since = math.min(earlier.since or earlier.at, record.since)
        if earlier.urgent or not record.urgent then record.notices = earlier.notices end
        record.urgent = record.urgent or earlier.urgent
        record.claimed_by, record.claimed_at = earlier.claimed_by, earlier.claimed_at
        record.notes = earlier.notes
        if record.at - earlier.at < SAME_TALK then record.words = record.words or earlier.words end
        record.calls, record.texts = earlier.calls, earlier.texts
        redis.call('HDEL', requests, id)
        redis.call('ZREM', requested, id)
      end
    end
  end
  redis.call('HSET', requests, new.id, cjson.encode(record))
  redis.call('ZADD', requested, new.at, new.id)
  redis.call('EXPIRE', requests, ttl)
end
