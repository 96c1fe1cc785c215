-- Return the answer that its person may not have received (`unseen.py`), or nil.
--
-- It is the answer to the noted event, or else to the `hint`, an event or nil, if that was the last one
-- taken. Include "answers" before this.
local function unseen_answer(answers, version, noted, hint)
  local stored = redis.call('HGET', answers, noted or hint)
  return stored and (noted or version_of(stored) == version) and answer_of(stored)
end
