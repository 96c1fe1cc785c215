-- Usage counters of a number, and whether an event was taken (`usage.py`).

-- Return {whether the event or its signature was taken, the number's last text, the values of `fields`}.
local function read_usage(spent, said, taken, signed, fields)
  return {redis.call('EXISTS', taken, signed), redis.call('GET', said), redis.call('HMGET', spent, unpack(fields))}
end

-- Store a Spend. `counts` are the day's figures, kept for `counts_ttl` seconds.
local function store_usage(spent, said, taken, signed, counts, spend, counts_ttl)
  redis.call('SET', taken, 1, 'EX', spend.taken_ttl)
  if signed ~= taken then redis.call('SET', signed, 1, 'EX', spend.taken_ttl) end
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
