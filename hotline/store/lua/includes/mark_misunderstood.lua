-- Add marks of misunderstood words to the week's set, unless it has `missed.most` already.
local function mark_misunderstood(week, missed)
  if redis.call('SCARD', week) < missed.most then
    for _, mark in ipairs(missed.marks) do redis.call('SADD', week, mark) end
    redis.call('EXPIRE', week, missed.ttl)
  end
end
