--[[
  Commit a turn whole, or nothing of it.

  Input:
    KEYS[1] the person's session
    KEYS[2] the person's answers
    KEYS[3] the person
    KEYS[4] the person's follow-ups
    KEYS[5] the due set
    KEYS[6] the day's figures
    KEYS[7] the person's requests
    KEYS[8] the waiting requests
    KEYS[9] the audit
    KEYS[10] what the number used
    KEYS[11] the number's last text
    KEYS[12] the set of marks of the events taken in this period
    KEYS[13] the finished requests
    KEYS[14] the session's tail
    KEYS[15] the week's marks of misunderstood words
    KEYS[16] the days that the child was out of school

    ARGV[1] a JSON object; all times to live are in seconds:
      event             id of the event
      at                its moment, in seconds since 1970
      version           version of the session that was loaded
      first_version     version of a new session
      session_packed    true if it is packed (`packing.py`); optional
      session_ttl
      answer_ttl
      unseen_ttl        in place of it while an answer is noted as unseen
      answers_stored    how many answers are stored
      changes           all other changes (`write_set.Changes`)
      usage             what the number used (`usage.Spend`); optional
      marks             marks of the event and its signature
      marks_ttl
      loaded_at_ms      when the turn was loaded, in milliseconds of Redis's clock; optional, and then it
                        cannot be late
      commits_for_ms    how long after that it may be committed
      clears_unseen     true if the answer that was unseen is seen now; optional
      tail              the new tail; optional
      tail_ttl          optional: without it, the tail is deleted
      days_out          these days, as one text, "" for none; optional: without it, they stay as they are
      days_out_ttl
      person_ttl        optional: without it, the person keeps the one they have
      followups_ttl     of follow-ups, figures and an opt-out

    ARGV[2] the new session
    ARGV[3] the answer to the event

  Output:
    {'done'}, {'answered', the earlier answer to this event}, {'conflict'} or {'late'}
]]
--- @include "now_ms"
--- @include "cancel_followups"
--- @include "mark_answered"
--- @include "store_request"
--- @include "mark_urgent"
--- @include "erase_person"
--- @include "answers"
--- @include "usage"
local session, answers, person, followups, due, counts, requests, requested, audit = unpack(KEYS)
local spent, said, taken, finished, tail, missed, days_out = unpack(KEYS, 10)
local args, new_session, answer = cjson.decode(ARGV[1]), ARGV[2], ARGV[3]
local event, changes = args.event, args.changes

local answered = redis.call('HGET', answers, event)
if answered then return {'answered', answer_of(answered)} end
local version = redis.call('HGET', session, 'version') or '0'
if version ~= args.version then return {'conflict'} end
if args.loaded_at_ms and now_ms() - args.loaded_at_ms > args.commits_for_ms then return {'late'} end

-- A new session starts at the seconds of its first event, so a turn loaded before an erasure conflicts.
local following = version == '0' and args.first_version or version + 1
local field, other = 'session', 'packed'
if args.session_packed then field, other = other, field end
redis.call('HSET', session, 'version', following, field, new_session)
redis.call('HDEL', session, other)
redis.call('EXPIRE', session, args.session_ttl)

-- Before an erasure, which deletes the session again.
for _, figure in ipairs(changes.once or {}) do
  if redis.call('HSETNX', session, figure, 1) == 1 then table.insert(changes.counts, figure) end
end

if args.clears_unseen then redis.call('HDEL', answers, 'unseen') end
local noted = store_answer(answers, event, following, answer, args.answers_stored)
redis.call('EXPIRE', answers, noted and args.unseen_ttl or args.answer_ttl)
if args.tail then
  redis.call('SET', tail, args.tail, 'EX', args.tail_ttl)
elseif not args.tail_ttl then
  redis.call('DEL', tail)
end
if args.days_out == '' then
  redis.call('DEL', days_out)
elseif args.days_out then
  redis.call('SET', days_out, args.days_out, 'EX', args.days_out_ttl)
end

if next(changes.person) then
  for field, value in pairs(changes.person) do redis.call('HSET', person, field, value) end
  if changes.unseal then redis.call('HDEL', person, 'sealed') end
end
if args.person_ttl and redis.call('TTL', person) < args.person_ttl then
  redis.call('EXPIRE', person, args.person_ttl)
end

local waiting = {}
if changes.kinds or changes.followups or next(changes.cancel) then
  waiting = cancel_followups(followups, due, changes.kinds, changes.cancel)
end
if changes.answered then mark_answered(followups, changes.answered) end
if changes.erase then
  local keys = {
    session = session, answers = answers, person = person, followups = followups, due = due,
    requests = requests, requested = requested, finished = finished, tail = tail,
    days_out = days_out,
  }
  erase_person(keys, event, answer, changes.erase, args.followups_ttl)
end
for _, new in ipairs(changes.followups or {}) do
  if not (new.keep and waiting[new.called]) then
    redis.call('HSET', followups, new.id, new.record)
    redis.call('ZADD', due, new.due, new.id)
    redis.call('EXPIRE', followups, args.followups_ttl)
  end
end
if changes.requests then
  for _, new in ipairs(changes.requests.new) do store_request(requests, requested, new, changes.requests.ttl) end
end
if changes.urgent then mark_urgent(requests) end
if changes.missed and redis.call('SCARD', missed) < changes.missed.most then
  for _, mark in ipairs(changes.missed.marks) do redis.call('SADD', missed, mark) end
  redis.call('EXPIRE', missed, changes.missed.ttl)
end
for _, row in ipairs(changes.audit or {}) do redis.call('ZADD', audit, args.at, row) end
for _, figure in ipairs(changes.counts) do
  if redis.call('HINCRBY', counts, figure, 1) == 1 then redis.call('EXPIRE', counts, args.followups_ttl) end
end
if args.usage then
  store_usage(spent, said, counts, args.usage, args.followups_ttl)
  store_marks(taken, args.marks, args.marks_ttl)
end
return {'done'}
