-- The stored answers of a person: event -> '<version of the session> <answer>', the answer packed
-- (`packing.py`). An erasure's has '*' for the version.

-- Return the version with which an answer was stored, '*' for an erasure's, or nil.
local function version_of(stored)
  return stored and string.match(stored, '^([%d*]+) ')
end

-- Return the answer itself.
local function answer_of(stored)
  return string.match(stored, '^[%d*]+ (.*)$')
end

-- Store an answer, and delete the oldest ones beyond `most`. Returns whether an unseen answer is noted.
local function store_answer(answers, event, version, answer, most)
  local all, kept, noted = redis.call('HGETALL', answers), {}, false
  for i = 1, #all, 2 do
    local field, at = all[i], version_of(all[i + 1])
    if field == 'unseen' then
      noted = true
    elseif at ~= '*' then
      table.insert(kept, {field = field, at = tonumber(at)})
    end
  end
  table.sort(kept, function(a, b) return a.at > b.at end)
  for i = most, #kept do redis.call('HDEL', answers, kept[i].field) end
  redis.call('HSET', answers, event, version .. ' ' .. answer)
  return noted
end
