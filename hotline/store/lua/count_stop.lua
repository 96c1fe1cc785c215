--[[
  Mark a session as counted where its conversation stopped, and count the question, unless the person went on meanwhile.

  Input:
    KEYS[1] the session
    KEYS[2] the day's figures in its bucket

    ARGV[1] a JSON object:
      version           version of the session that was looked at
      figure            the figure to count; optional
      counts_kept       TTL of the figures, in seconds

  Output:
    1 if it was marked, else 0
]]
local session, counts = unpack(KEYS)
local args = cjson.decode(ARGV[1])
if redis.call('HGET', session, 'version') ~= args.version then return 0 end
redis.call('HSET', session, 'left', args.version)
if args.figure and redis.call('HINCRBY', counts, args.figure, 1) == 1 then
  redis.call('EXPIRE', counts, args.counts_kept)
end
return 1
