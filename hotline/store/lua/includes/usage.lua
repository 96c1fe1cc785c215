-- Usage counters of a number (`usage.py`), and marks of the events that were taken (`taken.py`).

-- Return {the number's last text, the values of `fields`}.
local function read_usage(spent, said, fields)
  return {redis.call('GET', said), redis.call('HMGET', spent, unpack(fields))}
end

-- Return 1 if one of the sets contains one of the marks, else 0.
local function is_taken(marks, sets)
  for _, set in ipairs(sets) do
    for _, found in ipairs(redis.call('SMISMEMBER', set, unpack(marks))) do
      if found == 1 then return 1 end
    end
  end
  return 0
end

-- Add marks to a set that expires `ttl` seconds from now.
local function store_marks(set, marks, ttl)
  redis.call('SADD', set, unpack(marks))
  redis.call('EXPIRE', set, ttl)
end

-- Store a Spend. `counts` are the day's figures, kept for `counts_ttl` seconds.
local function store_usage(spent, said, counts, spend, counts_ttl)
  if spend.said == '' then
    redis.call('DEL', said)
  elseif spend.said_ttl_ms then
    redis.call('SET', said, spend.said, 'PX', spend.said_ttl_ms)
  elseif spend.said then
    redis.call('SET', said, spend.said, 'KEEPTTL')
  end
  local is_new = false
  for field, count in pairs(spend.add) do
    if redis.call('HINCRBY', spent, field, count) == count then is_new = true end
  end
  if spend.notified then redis.call('HSET', spent, spend.notified, 1) end
  if spend.notified or is_new then redis.call('EXPIRE', spent, spend.spent_ttl) end
  if spend.segments > 0 and redis.call('HINCRBY', counts, spend.figure, spend.segments) == spend.segments then
    redis.call('EXPIRE', counts, counts_ttl)
  end
end
