-- Ends an edition, for another one comes after it: nothing is committed or published in it any more.
-- KEYS[1]  prefix of the edition
-- ARGV     the edition that comes after it, shards (where it does not say itself how many)
-- Returns {'ok', shards} | {'other', the edition that has come after it already}.

local prefix, identity, heir = KEYS[1], KEYS[1] .. 'identity', ARGV[1]
local successor = redis.call('HGET', identity, 'successor')
if successor and successor ~= heir then return {'other', successor} end

redis.call('HDEL', identity, 'predecessor', 'digest')
redis.call('HSET', identity, 'successor', heir)
local shards = tonumber(redis.call('HGET', identity, 'shards') or ARGV[2])
-- Taken for good: a round whose lease was not renewed yet is not sent.
for shard = 0, shards - 1 do redis.call('SET', prefix .. 'lease:' .. shard, 'retired') end
return {'ok', shards}
