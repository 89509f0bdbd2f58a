-- Moves a position to where the topic still has records, unless somebody else moved it meanwhile.
-- KEYS[1]  prefix of the edition
-- ARGV     the partition's field, where it stands, where it shall stand
-- Returns 1 where it was moved.

if redis.call('HGET', KEYS[1] .. 'positions', ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1] .. 'positions', ARGV[1], ARGV[3])
return 1
