-- Brings one story and its last record on the topic together, after Redis has lost something.
-- KEYS[1]  prefix of the edition
-- ARGV     story id, revision of its last record, '1' where what the store has no more is put to rest, the story
--          that has its articles now ('' where none), shards, seconds to remember it
-- Returns 'agrees' | 'restored' | 'merged' | 'closed' | 'another' where the edition has other shards by now.

local prefix, id, said, bury, heir = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1', ARGV[4]
local shards, retention = tonumber(ARGV[5]), ARGV[6]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function story(each) return prefix .. 'story:' .. each end

local function wait_in_outbox(each)
  local shard = tonumber(string.sub(redis.sha1hex(each), 1, 8), 16) % shards
  redis.call('ZADD', prefix .. 'outbox:' .. shard, 'NX', now, each)
end

-- As in commit.lua, and above what the topic has.
local function touch(each, reason, above)
  local held = tonumber(redis.call('HGET', story(each), 'revision') or '0')
  local revision = math.max(now, held + 1, above + 1)
  redis.call('HSET', story(each), 'revision', revision, 'updated_at', now, 'reason:' .. reason, revision)
  wait_in_outbox(each)
end

-- It was published: from then on every change is shown.
local function remember_published()
  redis.call('HSET', story(id), 'published_revision', said)
  redis.call('HSETNX', story(id), 'published_at', 0)
end

-- In a part of the outbox that is no more, the story would wait for ever.
if (redis.call('HGET', prefix .. 'identity', 'shards') or ARGV[5]) ~= ARGV[5] then return 'another' end

local held = tonumber(redis.call('HGET', story(id), 'revision') or '0')
if held > 0 then
  if held < said then
    remember_published()
    touch(id, 'restored', said)
    return 'restored'
  end
  local told = tonumber(redis.call('HGET', story(id), 'published_revision') or '0')
  if told > said and held == told then -- The topic has lost it, or got an older one after it.
    touch(id, 'restored', told)
    return 'restored'
  end
  if told < said then
    if held > said then
      remember_published()
      wait_in_outbox(id)
    else -- Its acknowledgement is to come; what comes before it is shown nevertheless.
      redis.call('HSETNX', story(id), 'published_at', 0)
    end
  end
  return 'agrees'
end
if not bury then return 'agrees' end

remember_published()
redis.call('EXPIRE', story(id), retention)
if heir == '' or redis.call('EXISTS', story(heir)) == 0 then
  redis.call('HSET', story(id), 'status', 'closed')
  touch(id, 'closed', said)
  return 'closed'
end
local lineage = redis.call('HGET', story(heir), 'absorbed')
redis.call('HSET', story(heir), 'absorbed', (lineage and lineage .. ' ' or '') .. id)
touch(heir, 'absorbed', 0)
redis.call('HSET', story(id), 'status', 'merged', 'merged_into', heir)
touch(id, 'merged', said)
return 'merged'
