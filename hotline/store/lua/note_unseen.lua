--[[
  Mark the answer to an event as maybe not received, if it is the latest answer.

  The session gets a new version, so turns that were loaded earlier conflict.

  Input:
    KEYS[1] the person's session
    KEYS[2] the person's answers

    ARGV[1] a JSON object:
      event             id of the event
      unseen_ttl        in seconds, how long the answer is stored

  Output:
    1 if it is marked now, else 0
]]
--- @include "answers"
local session, answers = unpack(KEYS)
local args = cjson.decode(ARGV[1])

local version = redis.call('HGET', session, 'version')
if not version or version_of(redis.call('HGET', answers, args.event)) ~= version then return 0 end
redis.call('HSET', answers, 'unseen', args.event)
redis.call('EXPIRE', answers, args.unseen_ttl)
redis.call('HINCRBY', session, 'version', 1)
return 1
