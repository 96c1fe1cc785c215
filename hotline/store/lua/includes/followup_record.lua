--- @include "each_record"
-- Read and change a follow-up record (`followups.py` has the rules of its states).

-- A state never moves to one of the same or a lower rank, except back to waiting.
local RANK = {waiting = 0, claimed = 1, sent = 2, delivered = 3, failed = 3, dropped = 3, again = 3}

-- How many of the carrier's ids of earlier tries are stored, so that their late statuses are recognized.
local MOST_PAST_SIDS = 5

local function read_record(followups, id)
  local line = redis.call('HGET', followups, id)
  return line and parse_record(line)
end

-- Return whether it is a reminder of a series that the person agreed to.
local function is_planned(record)
  return record.kind == 'reminder' and not record.one_text
end

-- Return the score in the due set; `asked_first` is `followup_record.ASKED_FIRST`.
local function due_score(record, asked_first)
  return record.kind == 'reminder' and record.due or record.due - asked_first
end

-- Store the record and its place in the due set, and return its JSON. Once it is sent or ended it has no number.
local function write_record(followups, due, id, record, asked_first)
  if RANK[record.state] > RANK.claimed then record.sealed, record.marks, record.marked_at = nil, nil, nil end
  if record.state ~= 'claimed' then record.heard = nil end
  if record.state == 'waiting' then
    redis.call('ZADD', due, due_score(record, asked_first), id)
  elseif record.state ~= 'claimed' then
    redis.call('ZREM', due, id)
  end
  local line = cjson.encode(record)
  redis.call('HSET', followups, id, line)
  return line
end

-- Set the record to be sent again at the next of the status's `dues`; with none left it has failed.
local function send_again(record, status)
  local due = status.dues[status.counted and (record.resends or 0) + 1 or 1]
  if not due or record.cancelled then
    record.state, record.reason = 'failed', status.reason
    return
  end
  local past = record.past or {}
  table.insert(past, status.sid)
  if #past > MOST_PAST_SIDS then table.remove(past, 1) end
  record.past, record.sid = past, nil
  record.state, record.reason, record.due, record.attempts = 'waiting', status.reason, due, 0
  record.came_back = (record.came_back or 0) + 1
  record.resends = (record.resends or 0) + (status.counted and 1 or 0)
  if record.one_text then record.sealed = status.sealed end
end

-- Apply a delivery status from the carrier.
local function apply_status(record, status)
  if status.state == 'again' then send_again(record, status) return end
  record.state, record.reason = status.state, status.reason or record.reason
end
