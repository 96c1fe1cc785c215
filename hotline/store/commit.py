"""Lua scripts that load and commit a turn (`turns`); each is atomic.

Rule 1: an ordinary turn pays only for what it does; nothing else is read.
Rule 2: a version is never reused for a person. A new session starts at the seconds of its first event, so
        that a turn loaded before an erasure cannot be committed after it.
Rule 3: a turn is committed within COMMITS_FOR of its load, by Redis's clock, or not at all. A stalled Redis
        still runs what it was sent, long after the person got the fallback text.
Rule 4: an answer that may not have reached its person is marked as unseen (`unseen`), and `LOAD` returns
        it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hotline.store.misunderstood import NOTE
from hotline.store.requests import KEEP_REQUEST
from hotline.store.usage import READ_TALLY, WRITE_SPEND

COMMITS_FOR: Final = timedelta(seconds=0.6)
"""Less than the client's timeout (`connection.ANSWER_SECONDS`).

So a client that timed out has changed nothing, unless only the reply was lost.
"""

MOMENT = """
local function moment()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
"""
"""Lua: return milliseconds since 1970, by Redis's clock."""

UNSEEN = """
local function unseen_answer(answers, version, noted, hint, kept)
  local latest = 'slot:' .. (tonumber(version or 0) % tonumber(kept))
  if not noted and hint ~= '' and redis.call('HGET', answers, latest) == hint then noted = hint end
  return noted and redis.call('HGET', answers, noted)
end
"""
"""Lua: return the answer that its person may not have received.

It is the answer to the noted event, or else to the `hint` if no event was taken since.
"""

LOAD = (
    READ_TALLY
    + MOMENT
    + UNSEEN
    + """
local function reminded()
  local texted, all = {}, redis.call('HGETALL', KEYS[8])
  for i = 2, #all, 2 do
    local record = cjson.decode(all[i])
    local left = record.state == 'sent' or record.state == 'delivered'
    if left and record.kind == 'reminder' and not record.one_text then
      table.insert(texted, {record.reminder, record.claimed_at})
    end
  end
  return cjson.encode(texted)
end
local answered, noted = unpack(redis.call('HMGET', KEYS[2], ARGV[1], 'unseen'))
if answered then return {answered} end
local kept = redis.call('HMGET', KEYS[1], 'version', 'session')
local person = redis.call('HMGET', KEYS[3], 'language', 'texting', 'known', 'line', 'line_at')
local texted = not kept[2] and person[2] == 'yes' and reminded()
local counted = tally(KEYS[4], KEYS[5], KEYS[6], KEYS[7], ARGV[2], ARGV[3])
local unseen = (noted or ARGV[4] ~= '') and unseen_answer(KEYS[2], kept[1], noted, ARGV[4], ARGV[5])
return {false, kept[1], kept[2], person, counted, texted, moment(), unseen, redis.call('GET', KEYS[9])}
"""
)
"""Load a turn.

KEYS: the person's session, answers, person; four of the tally; follow-ups, tail. If the session expired and
the person still wants texts, the records say which reminders were sent, so that a reply to one can be
answered.
ARGV: 1 event, 2 hour, 3 burst, 4 an event of theirs whose answer may be unseen or "", 5 number of answers
stored.
"""

NOTE_UNSEEN = """
local session, answers = unpack(KEYS)
local version = redis.call('HGET', session, 'version')
if not version or redis.call('HGET', answers, 'slot:' .. (version % tonumber(ARGV[2]))) ~= ARGV[1] then return 0 end
redis.call('HSET', answers, 'unseen', ARGV[1])
redis.call('HINCRBY', session, 'version', 1)
return 1
"""
"""Mark the answer to an event as maybe not received, if it is the latest answer.

KEYS: the person's session and answers. ARGV: 1 event, 2 number of answers stored. The new version makes
turns that were loaded earlier conflict. Returns 1 if marked, else 0.
"""

ERASE_PERSON = """
local function erase_person(event, answer, erase)
  local session, answers, person, followups, due, counts, requests, requested = unpack(KEYS)
  local opted_out = redis.call('HMGET', person, 'texting', 'stopped')
  for _, id in ipairs(redis.call('HKEYS', followups)) do redis.call('ZREM', due, id) end
  local asked, recordings = redis.call('HGETALL', requests), {}
  for i = 1, #asked, 2 do
    local recording = cjson.decode(asked[i + 1]).recording
    if recording ~= '' then table.insert(recordings, recording) end
    redis.call('ZREM', requested, asked[i])
    redis.call('ZREM', KEYS[14], asked[i])
  end
  redis.call('DEL', session, answers, person, followups, requests, KEYS[14], KEYS[15])
  redis.call('HSET', answers, 'slot:erased', event, event, answer)
  redis.call('EXPIRE', answers, ARGV[11])
  if opted_out[1] == 'stopped' then
    redis.call('HSET', person, 'texting', 'stopped', 'stopped', opted_out[2] or '')
    redis.call('EXPIRE', person, ARGV[9])
  end
  local record = cjson.decode(erase.record)
  if #recordings > 0 then record.recordings = recordings end
  redis.call('HSET', followups, erase.id, cjson.encode(record))
  redis.call('ZADD', due, erase.due, erase.id)
  redis.call('EXPIRE', followups, ARGV[9])
end
"""
"""Lua: erase a person.

Leaves the answer to this event, in a slot that no later turn uses, the fact of an opt-out, and the record
to erase the data at the carrier.
"""

CANCEL = """
local function cancel(followups, due, changes)
  local waits, all = {}, redis.call('HGETALL', followups)
  for i = 1, #all, 2 do
    local id, record = all[i], cjson.decode(all[i + 1])
    local kind = record.kind or 'reminder'
    local ends = changes.kinds and changes.kinds[kind] or changes.cancel[record.reminder]
    if ends and record.state == 'waiting' then
      record.state, record.sealed = 'dropped', nil
      redis.call('HSET', followups, id, cjson.encode(record))
      redis.call('ZREM', due, id)
    elseif ends and (record.state == 'claimed' or record.state == 'sent') then
      record.cancelled = true
      redis.call('HSET', followups, id, cjson.encode(record))
    elseif record.state == 'waiting' or record.state == 'claimed' then
      waits[kind .. ' ' .. (record.reminder or '')] = true
    end
  end
  return waits
end
"""
"""Lua: cancel what the turn ended, and return what still waits, by its `called` name."""

COMMIT = (
    CANCEL
    + MOMENT
    + KEEP_REQUEST
    + ERASE_PERSON
    + WRITE_SPEND
    + NOTE
    + """
local session, answers, person, followups, due, counts, requests, requested, audit = unpack(KEYS)
local spent, said, taken, signed, _, tail, missed = unpack(KEYS, 10)
local event, expected = ARGV[1], ARGV[2]
local answered = redis.call('HGET', answers, event)
if answered then return {'answered', answered} end
local version = redis.call('HGET', session, 'version') or '0'
if version ~= expected then return {'conflict'} end
if ARGV[16] ~= '' and moment() - ARGV[16] > tonumber(ARGV[17]) then return {'late'} end

local following = version == '0' and tonumber(ARGV[13]) or version + 1
redis.call('HSET', session, 'version', following, 'session', ARGV[3])
redis.call('EXPIRE', session, ARGV[4])

local slot = 'slot:' .. (following % tonumber(ARGV[5]))
local oldest = redis.call('HGET', answers, slot)
if oldest then redis.call('HDEL', answers, oldest) end
redis.call('HSET', answers, slot, event, event, ARGV[6])
redis.call('EXPIRE', answers, ARGV[7])
if ARGV[18] ~= '' then redis.call('HDEL', answers, 'unseen') end
if ARGV[19] ~= '' then redis.call('SET', tail, ARGV[19], 'EX', ARGV[20]) elseif ARGV[20] == '' then redis.call('DEL', tail) end

local changes = cjson.decode(ARGV[8])
if next(changes.person) then
  for field, value in pairs(changes.person) do redis.call('HSET', person, field, value) end
  if changes.unseal then redis.call('HDEL', person, 'sealed') end
end
if ARGV[10] ~= '' and redis.call('TTL', person) < tonumber(ARGV[10]) then
  redis.call('EXPIRE', person, ARGV[10])
end

local waits = {}
if changes.kinds or changes.followups or next(changes.cancel) then
  waits = cancel(followups, due, changes)
end
if changes.erase then erase_person(event, ARGV[6], changes.erase) end
for _, new in ipairs(changes.followups or {}) do
  if not (new.keep and waits[new.called]) then
    redis.call('HSET', followups, new.id, new.record)
    redis.call('ZADD', due, new.due, new.id)
    redis.call('EXPIRE', followups, ARGV[9])
  end
end
for _, new in ipairs(changes.requests or {}) do keep_request(requests, requested, new, ARGV[12]) end
if changes.missed then note_missed(missed, changes.missed, ARGV[21], ARGV[22]) end
for _, row in ipairs(changes.audit or {}) do redis.call('ZADD', audit, ARGV[14], row) end
for _, figure in ipairs(changes.counts) do
  if redis.call('HINCRBY', counts, figure, 1) == 1 then redis.call('EXPIRE', counts, ARGV[9]) end
end
if ARGV[15] ~= '' then spend(spent, said, taken, signed, counts, cjson.decode(ARGV[15]), ARGV[9]) end
return {'done'}
"""
)
"""Commit a turn. Returns done, or answered with the answer, or conflict, or late.

KEYS: the person's session, answers, person, follow-ups; due set, counts; requests, waiting requests; audit;
segments sent to the number, its last text, the mark that the event was taken, and that of its signature;
finished requests; the person's tail; this week's misunderstood words.
ARGV: 1 event, 2 version, 3 session, 4 its TTL, 5 number of answers stored, 6 answer, 7 TTL of answers, 8
changes (`write_set`), 9 TTL of follow-ups, counts and an opt-out, 10 of the person, 11 of an erasure's
answer, 12 of requests, 13 the version of a new session, 14 the event's moment, 15 what it spends (`usage`),
16 when it was loaded by Redis's clock or "", 17 how long after that it may be committed, both in
milliseconds, 18 set if an unseen answer is now seen, else "", 19 the tail or "", 20 its TTL or, to delete
the tail, "", 21 the TTL of marks of misunderstood words, 22 how many marks there may be. TTLs are in
seconds.
"""
