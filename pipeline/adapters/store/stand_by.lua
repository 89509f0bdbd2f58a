-- Lets an edition stand by: it is filled beside the one that publishes, and publishes nothing itself.
-- KEYS[1]  prefix of the edition
-- ARGV     the edition that publishes, shards (where it does not say itself how many)
-- Returns {'ok'} | {'exists'} where it holds stories and publishes them itself | {'other', the edition beside which it
--         is filled, or that came after it}.

local prefix, identity, beside = KEYS[1], KEYS[1] .. 'identity', ARGV[1]
local holds = redis.call('EXISTS', prefix .. 'positions', prefix .. 'live') > 0
local predecessor = redis.call('HGET', identity, 'predecessor')
local successor = redis.call('HGET', identity, 'successor')

if predecessor then
  if predecessor ~= beside then return {'other', predecessor} end
elseif successor then
  if successor ~= beside and holds then return {'other', successor} end
elseif holds then
  return {'exists'}
end

redis.call('HDEL', identity, 'successor', 'digest')
redis.call('HSET', identity, 'predecessor', beside)
-- The fence: without a lease nobody publishes, also not who does not know what a predecessor is.
for shard = 0, tonumber(redis.call('HGET', identity, 'shards') or ARGV[2]) - 1 do
  redis.call('SET', prefix .. 'lease:' .. shard, 'stands by')
end
return {'ok'}
