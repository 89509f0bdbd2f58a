-- Notes that a revision of a story stands on the topic, or that its policy keeps it back.
-- KEYS[1]  prefix of the edition
-- ARGV     shard, story id, revision, published ('1' or ''), article id of the title, summary, history cap, then id and
--          what will do from then on of each member of a story that ended with this revision
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

-- A story that ended is told to its end. Of one that subscribers have, articles may still be corrected; another one
-- will never be published, and is remembered for its id alone. Until the store is settled with the topic it may be
-- there nevertheless.
local function shed()
  if not string.match(redis.call('HGET', prefix .. 'settled', shard) or '', ' 2$') then return end
  redis.call('DEL', story .. ':log')
  if redis.call('HGET', story, 'published_revision') then
    -- Where they have expired, nothing may make them anew.
    local held = redis.call('EXISTS', story .. ':articles') == 1
    for at = 8, held and #ARGV or 0, 2 do redis.call('HSET', story .. ':articles', ARGV[at], ARGV[at + 1]) end
    return
  end
  -- Its articles are all that says what else must stay hidden, should a rebuild make stories of them anew.
  if redis.call('HGET', story, 'hidden') then return end
  redis.call('DEL', story .. ':articles')
  local kept = {revision = 1, updated_at = 1, opened_at = 1, status = 1, absorbed = 1, split_from = 1}
  local fields = redis.call('HGETALL', story)
  for at = 1, #fields, 2 do
    if not kept[fields[at]] then redis.call('HDEL', story, fields[at]) end
  end
end

if current <= revision then
  redis.call('ZREM', outbox, id)
  if redis.call('HGET', story, 'status') == 'closed' then shed() end
  return 1
end
redis.call('ZADD', outbox, 'XX', now, id)
return 0
