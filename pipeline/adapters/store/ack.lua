-- Notes that a revision of a story stands on the topic, or that its policy keeps it back.
-- KEYS[1]  prefix of the edition
-- ARGV     shard, story id, revision, published ('1' or ''), article id of the title, summary, history cap
-- Returns 1 where nothing of the story is left to publish.

local prefix, shard, id, revision = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local story = prefix .. 'story:' .. id
local outbox = prefix .. 'outbox:' .. shard
local current = tonumber(redis.call('HGET', story, 'revision') or '0')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The store went back since the revision was read. It is settled with the topic by itself.
if current > 0 and current < revision then return 0 end

-- Only forward: a publisher that was paused may acknowledge an old revision late.
if ARGV[4] == '1' and current > 0 and revision > tonumber(redis.call('HGET', story, 'published_revision') or '0') then
  redis.call('HSET', story, 'published_revision', revision, 'published_at', now, 'title_article_id', ARGV[5])
  local history = story .. ':history'
  redis.call('RPUSH', history, ARGV[6])
  redis.call('LTRIM', history, -tonumber(ARGV[7]), -1)
  local ttl = redis.call('TTL', story)
  if ttl > 0 then redis.call('EXPIRE', history, ttl) end
end
if current <= revision then
  redis.call('ZREM', outbox, id)
  return 1
end
redis.call('ZADD', outbox, 'XX', now, id)
return 0
