--[[
  Load what a turn needs. If the event was answered already, that answer is all it needs.

  If the session expired and the person still wants texts, the reminders sent are loaded too, so that a reply
  to one can be answered.

  Input:
    KEYS[1] the person's session
    KEYS[2] the person's answers
    KEYS[3] the person
    KEYS[4] what the number used
    KEYS[5] the number's last text
    KEYS[6] the person's follow-ups
    KEYS[7] the session's tail
    KEYS[8] the days that the child was out of school
    KEYS[9] the set of marks of the events taken in this period (`taken.py`)
    KEYS[10] the set of the period before
    KEYS[11] the set of the period before that

    ARGV[1] a JSON object:
      event             id of the event
      usage_fields      names of the usage counters to read
      marks             marks of the event and its signature
      maybe_unseen      id of an event whose answer may be unseen, as far as the process knows; optional

  Output:
    {answer}, if the event was answered already; else
    {false, version, session, {language, texting, known, line, line_at, stop_asked}, usage, sent reminders as JSON,
     milliseconds since 1970, the answer that may be unseen, tail, days out}
]]
--- @include "usage"
--- @include "now_ms"
--- @include "answers"
--- @include "sent_reminders"
local session, answers, person, spent, said, followups, tail, days_out = unpack(KEYS)
local args = cjson.decode(ARGV[1])

local answer, noted = unpack(redis.call('HMGET', answers, args.event, 'unseen'))
if answer then return {answer_of(answer)} end

local version, plain, packed = unpack(redis.call('HMGET', session, 'version', 'session', 'packed'))
local kept = plain or packed
local known = redis.call('HMGET', person, 'language', 'texting', 'known', 'line', 'line_at', 'stop_asked')
local reminders = not kept and known[2] == 'yes' and sent_reminders(followups)
local usage = read_usage(spent, said, args.usage_fields)
local taken = is_taken(args.marks, {unpack(KEYS, 9)})
local unseen = false
if noted or args.maybe_unseen then
  -- What only the process knows of is unseen if it was the last one taken.
  local stored = redis.call('HGET', answers, noted or args.maybe_unseen)
  unseen = stored and (noted or version_of(stored) == version) and answer_of(stored)
end
local out, last_words = redis.call('GET', days_out), redis.call('GET', tail)
return {false, version, kept, known, {taken, unpack(usage)}, reminders, now_ms(), unseen, last_words, out}
