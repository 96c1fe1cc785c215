-- Add the marks of misunderstood words to the week's set, unless it has `most` already.
local function mark_misunderstood(marks, new, ttl, most)
  if redis.call('SCARD', marks) < most then
    for _, mark in ipairs(new) do redis.call('SADD', marks, mark) end
    redis.call('EXPIRE', marks, ttl)
  end
end
