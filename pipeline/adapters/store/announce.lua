-- Says that a publisher is there, or that it leaves, and who is there besides.
-- KEYS[1] the publishers; ARGV: our name, milliseconds until we count as gone (0: we leave).
-- Returns the names of all that are there.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lasts = tonumber(ARGV[2])
if lasts == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) else redis.call('ZADD', KEYS[1], now + lasts, ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
return redis.call('ZRANGE', KEYS[1], 0, -1)
