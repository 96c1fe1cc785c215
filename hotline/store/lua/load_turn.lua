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
    KEYS[6] the mark that the event was taken
    KEYS[7] the mark that its signature was taken
    KEYS[8] the person's follow-ups
    KEYS[9] the session's tail

    ARGV[1] a JSON object:
      event             id of the event
      usage_fields      names of the usage counters to read
      maybe_unseen      id of an event whose answer may be unseen, as far as the process knows; optional
      answers_stored    how many answers are stored

  Output:
    {answer}, if the event was answered already; else
    {false, version, session, {language, texting, known, line, line_at}, usage, sent reminders as JSON,
     milliseconds since 1970, the answer that may be unseen, tail}
]]
--- @include "usage"
--- @include "now_ms"
--- @include "unseen_answer"
--- @include "sent_reminders"
local session, answers, person, spent, said, taken, signed, followups, tail = unpack(KEYS)
local args = cjson.decode(ARGV[1])

local answer, noted = unpack(redis.call('HMGET', answers, args.event, 'unseen'))
if answer then return {answer} end

local stored = redis.call('HMGET', session, 'version', 'session')
local known = redis.call('HMGET', person, 'language', 'texting', 'known', 'line', 'line_at')
local reminders = not stored[2] and known[2] == 'yes' and sent_reminders(followups)
local usage = read_usage(spent, said, taken, signed, args.usage_fields)
local unseen = false
if noted or args.maybe_unseen then
  unseen = unseen_answer(answers, stored[1], noted, args.maybe_unseen, args.answers_stored)
end
return {false, stored[1], stored[2], known, usage, reminders, now_ms(), unseen, redis.call('GET', tail)}
