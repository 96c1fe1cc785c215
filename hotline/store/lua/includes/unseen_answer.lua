-- Return the answer that its person may not have received (`unseen.py`), or nil.
--
-- It is the answer to the noted event, or else to the `hint`, an event or nil, if that was the last one
-- taken. `stored` is the number of answers stored.
local function unseen_answer(answers, version, noted, hint, stored)
  local latest = 'slot:' .. (tonumber(version or 0) % stored)
  if not noted and hint and redis.call('HGET', answers, latest) == hint then noted = hint end
  return noted and redis.call('HGET', answers, noted)
end
