--[[
  Mark the answer to an event as maybe not received, if it is the latest answer.

  The session gets a new version, so turns that were loaded earlier conflict.

  Input:
    KEYS[1] the person's session
    KEYS[2] the person's answers

    ARGV[1] a JSON object:
      event             id of the event
      answers_stored    how many answers are stored

  Output:
    1 if it is marked now, else 0
]]
local session, answers = unpack(KEYS)
local args = cjson.decode(ARGV[1])

local version = redis.call('HGET', session, 'version')
if not version or redis.call('HGET', answers, 'slot:' .. (version % args.answers_stored)) ~= args.event then
  return 0
end
redis.call('HSET', answers, 'unseen', args.event)
redis.call('HINCRBY', session, 'version', 1)
return 1
