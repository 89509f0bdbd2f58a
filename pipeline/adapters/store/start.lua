-- Says where the partitions of a topic start, for the topic that has this id and for no other of its name.
-- KEYS[1]  prefix of the edition
-- ARGV     topic, its id ('' where the broker does not tell), '1' to start over where the stored positions are
--          another topic's, then partition and beginning of each partition
-- Returns {'ok'} | {'replaced', the id that the stored positions belong to}.

local positions, topics = KEYS[1] .. 'positions', KEYS[1] .. 'topics'
local topic, id, anew = ARGV[1], ARGV[2], ARGV[3] == '1'

local known = redis.call('HGET', topics, topic)
if known and id ~= '' and known ~= id then
  if not anew then return {'replaced', known} end
  for _, field in ipairs(redis.call('HKEYS', positions)) do
    if string.match(field, '^(.*):%d+$') == topic then redis.call('HDEL', positions, field) end
  end
end
if id ~= '' then redis.call('HSET', topics, topic, id) end
for at = 4, #ARGV, 2 do
  redis.call('HSETNX', positions, topic .. ':' .. ARGV[at], ARGV[at + 1])
end
return {'ok'}
