-- Hides a story whose last record on the topic is hidden, which the store has lost; also one that is yet to be made.
-- KEYS[1]  prefix of the edition
-- ARGV     story id, seconds to remember it where the store does not have it
-- Returns 1 where it was not hidden.

local story, waiting = KEYS[1] .. 'story:' .. ARGV[1], KEYS[1] .. 'hidden_again'
local marked = redis.call('HSET', story, 'hidden', 1)
-- Where it is opened after all, commit.lua takes the end off.
if not redis.call('HGET', story, 'revision') then redis.call('EXPIRE', story, ARGV[2]) end
redis.call('HSET', waiting, ARGV[1], 1)
redis.call('EXPIRE', waiting, ARGV[2])
return marked
