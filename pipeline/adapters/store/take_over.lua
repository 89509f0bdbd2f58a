-- Makes an edition that stands by the one that publishes.
-- KEYS[1]  prefix of the edition
-- ARGV     its predecessor, then every edition whose records on the topic are its own from now on
-- Returns 1 where it was done, 0 where the edition does not stand by for this predecessor.

local prefix, identity = KEYS[1], KEYS[1] .. 'identity'
if redis.call('HGET', identity, 'predecessor') ~= ARGV[1] then return 0 end

redis.call('HDEL', identity, 'predecessor', 'digest')
redis.call('HSET', identity, 'took_over', table.concat(ARGV, ' ', 2))
redis.call('DEL', prefix .. 'settled')
for shard = 0, tonumber(redis.call('HGET', identity, 'shards') or '0') - 1 do
  redis.call('DEL', prefix .. 'lease:' .. shard)
end
return 1
