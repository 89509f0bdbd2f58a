-- Gives an edition other settings. Whoever has the old ones is refused from then on.
-- KEYS[1]  prefix of the edition
-- ARGV     the number of shards, the token under which all shards were taken where their number changes (see
--          reserve.lua), then name and value of each field
-- Returns 'ok' | 'held' where their number would change and one of them is not ours.

local prefix, identity = KEYS[1], KEYS[1] .. 'identity'
local shards = tonumber(ARGV[1])
local before = tonumber(redis.call('HGET', identity, 'shards') or ARGV[1])

if before ~= shards then
  for shard = 0, before - 1 do
    if redis.call('GET', prefix .. 'lease:' .. shard) ~= ARGV[2] then return 'held' end
  end
  -- The new place first, then the old one: a file that was torn in between loses no story.
  for shard = 0, math.max(before, shards) - 1 do
    local waiting = redis.call('ZRANGE', prefix .. 'outbox:' .. shard, 0, -1, 'WITHSCORES')
    for at = 1, #waiting, 2 do
      local to = tonumber(string.sub(redis.sha1hex(waiting[at]), 1, 8), 16) % shards
      if to ~= shard then
        redis.call('ZADD', prefix .. 'outbox:' .. to, waiting[at + 1], waiting[at])
        redis.call('ZREM', prefix .. 'outbox:' .. shard, waiting[at])
      end
    end
  end
  redis.call('DEL', prefix .. 'settled')
end

for at = 3, #ARGV, 2 do redis.call('HSET', identity, ARGV[at], ARGV[at + 1]) end
redis.call('HDEL', identity, 'digest')
return 'ok'
