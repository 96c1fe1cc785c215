"""Lua scripts that change follow-up records; each is one atomic step.

Rule 1: states move forward only: waiting -> claimed -> sent -> delivered | failed | dropped. Two steps lead
        back to waiting: a worker releases a claim that sent nothing, or the carrier accepted a text and
        could not deliver it, as often as `dues` has retry times (`again`).
Rule 2: a record that a turn no longer wants and that cannot be dropped any more is `cancelled`: it is not
        sent, or not sent again.
Rule 3: nothing is sent before its mark is in the record (`INTEND`), nor after its person stopped, canceled
        it or was erased. A STOP cancels each record (`commit`). A record that is not `cancelled` while its
        person is `stopped` belongs to someone who was asked whether they meant STOP: it waits for their
        answer.

KEYS are always: the person's follow-ups, the due set, the person. ARGV[1] is the record's id.
"""

from __future__ import annotations

from hotline.store.followup_record import ASKED_FIRST

TAKE_DUE = """
local taken = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[4])
for _, id in ipairs(taken) do redis.call('ZADD', KEYS[1], ARGV[3], id) end
return taken
"""
"""KEYS[1] is a due set. ARGV: lowest score, highest score, the lease's score, the limit."""

_COMMON = (
    f"""
local ASKED_FIRST = {ASKED_FIRST}
"""
    """local followups, due, person = unpack(KEYS)
local id = ARGV[1]
local rank = {waiting = 0, claimed = 1, sent = 2, delivered = 3, failed = 3, dropped = 3, again = 3}
local PAST_SIDS = 5

local function read()
  local line = redis.call('HGET', followups, id)
  return line and cjson.decode(line)
end

local function stopped()
  return redis.call('HGET', person, 'texting') == 'stopped'
end

local function planned(record)
  return (record.kind or 'reminder') == 'reminder' and not record.one_text
end

local function due_at(record)
  return (record.kind or 'reminder') == 'reminder' and record.due or record.due - ASKED_FIRST
end

local function write(record)
  if rank[record.state] > rank.claimed then record.sealed, record.marks = nil, nil end
  if record.state ~= 'claimed' then record.heard = nil end
  if record.state == 'waiting' then
    redis.call('ZADD', due, due_at(record), id)
  elseif record.state ~= 'claimed' then
    redis.call('ZREM', due, id)
  end
  local line = cjson.encode(record)
  redis.call('HSET', followups, id, line)
  return line
end

local function again(record, told)
  local wait = told.dues[told.counted and (record.resends or 0) + 1 or 1]
  if not wait or record.cancelled then
    record.state, record.reason = 'failed', told.reason
    return
  end
  local past = record.past or {}
  table.insert(past, told.sid)
  if #past > PAST_SIDS then table.remove(past, 1) end
  record.past, record.sid = past, nil
  record.state, record.reason, record.due, record.attempts = 'waiting', told.reason, wait, 0
  record.resends = (record.resends or 0) + (told.counted and 1 or 0)
  if record.one_text then record.sealed = told.sealed end
end

local function apply(record, told)
  if told.state == 'again' then again(record, told) return end
  record.state, record.reason = told.state, told.reason or record.reason
end
"""
)

CLAIM = (
    _COMMON
    + """
local now, stale, rival_due = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local record = read()
local recovered = record and record.state == 'claimed' and record.claimed_at <= stale
if not recovered and not (record and record.state == 'waiting') then
  if not (record and record.state == 'claimed') then redis.call('ZREM', due, id) end
  return {}
end
if not recovered and planned(record) then
  local all = redis.call('HGETALL', followups)
  for i = 2, #all, 2 do
    local other = cjson.decode(all[i])
    if other.state == 'claimed' and planned(other) then
      redis.call('ZADD', due, rival_due, id)
      return {}
    end
  end
end
record.unsure_since = recovered and (record.unsure_since or record.claimed_at) or nil
if not recovered then record.marks, record.sid = nil, nil end
record.state, record.claimed_at, record.attempts = 'claimed', now, record.attempts + 1
record.claim = (record.claim or 0) + 1
return {write(record), redis.call('HMGET', person, 'texting', 'language', 'sealed', 'line', 'line_at')}
"""
)
"""A person's planned texts are claimed one at a time, so that the daily limit counts each."""

INTEND = (
    _COMMON
    + """
local record = read()
if not (record and record.state == 'claimed' and record.claim == tonumber(ARGV[2])) then return 'lost' end
if record.cancelled then
  record.state, record.reason = 'dropped', 'cancelled'
  write(record)
  return 'dropped'
end
if stopped() then return 'stopped' end
record.marks = record.marks or {}
table.insert(record.marks, ARGV[3])
write(record)
return 'go'
"""
)

MOVE = (
    _COMMON
    + """
local changes, record = cjson.decode(ARGV[2]), read()
if not record then return end
if changes.state == 'waiting' then
  if record.state ~= 'claimed' then return end
  if record.cancelled then changes = {state = 'dropped', reason = 'cancelled'} end
elseif rank[changes.state] <= rank[record.state] then
  record.sid = record.sid or changes.sid
  redis.call('HSET', followups, id, cjson.encode(record))
  return
end
for field, value in pairs(changes) do record[field] = value end
local heard = record.heard
if heard and rank[heard.state] > rank[record.state] then apply(record, heard) end
write(record)
"""
)

HEARD = (
    _COMMON
    + """
local told, record = cjson.decode(ARGV[2]), read()
if not record then return 0 end
for _, sid in ipairs(record.past or {}) do
  if sid == told.sid then return 1 end
end
if record.sid and record.sid ~= told.sid then return 1 end
record.sid = told.sid
local new = 1
if record.state == 'claimed' then
  if not record.heard or rank[told.state] > rank[record.heard.state] then record.heard, new = told, 2 end
elseif rank[told.state] > rank[record.state] then
  apply(record, told)
  new = 2
end
write(record)
return new
"""
)
"""Returns 0 if the record is gone, 1 for a known status, 2 for a new one.

While a worker has the claim, the status is only recorded."""
