-- Applies one batch and advances the positions of its partitions: all of it or nothing.
-- KEYS[1]  prefix of the edition (its hash tag pins the slot; every other key is built from it)
-- ARGV[1]  the batch as JSON, see pipeline/adapters/store/commit.py
-- ARGV[n]  the blobs that the batch names by number
-- Returns {'ok', sequence} | {'fenced', partition, stored} | {'stale', sequence}
--       | {'restarted'} where this process of Redis is not noted, see pipeline/adapters/store/server.py
--       | {'torn'} where the store holds a part of a batch
--       | {'another'} where the edition is not what the clusterer compared itself with, see edition.py.

local prefix = KEYS[1]
local batch = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function story(id) return prefix .. 'story:' .. id end
local function members(id) return prefix .. 'story:' .. id .. ':articles' end
local function log(id) return prefix .. 'story:' .. id .. ':log' end

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if string.match(redis.call('GET', prefix .. 'server') or '', '^%x+') ~= run then return {'restarted'} end
if redis.call('EXISTS', prefix .. 'unfinished') == 1 then return {'torn'} end
if redis.call('HGET', prefix .. 'identity', 'digest') ~= batch.identity then return {'another'} end

-- The position is the fence: whoever does not stand exactly where the stored position is changes nothing.
-- Nor does who read a topic that has been replaced by another of the same name.
for _, claim in ipairs(batch.positions) do
  local stored = redis.call('HGET', prefix .. 'positions', claim[1])
  local replaced = claim[5] ~= '' and redis.call('HGET', prefix .. 'topics', claim[4]) ~= claim[5]
  if stored ~= tostring(claim[2]) or replaced then return {'fenced', claim[1], stored or ''} end
end

local sequence = tonumber(redis.call('GET', prefix .. 'sequence') or '0')
if (batch.changes_stories or batch.swept) and sequence ~= batch.seen then return {'stale', sequence} end

-- The first write and the last. Nobody sees it, unless a file that was torn in between has been loaded.
redis.call('SET', prefix .. 'unfinished', 1)
local function finish() redis.call('DEL', prefix .. 'unfinished') end

for _, claim in ipairs(batch.positions) do
  redis.call('HSET', prefix .. 'positions', claim[1], claim[3])
end
for name, count in pairs(batch.counts) do
  redis.call('HINCRBY', prefix .. 'counters', name, count)
end
-- Articles that a sweep has looked at: all that were applied before it, since its replica is up to date.
if batch.swept then
  redis.call('HSET', prefix .. 'counters', 'swept', redis.call('HGET', prefix .. 'counters', 'in') or 0)
end
if not batch.changes_stories then
  finish()
  return {'ok', sequence}
end

-- The time, or one more than the last: so a number never names two commits, also not after Redis lost some.
local number = math.max(now, sequence + 1)
local touched, before, order, changed = {}, {}, {}, {}

-- The member of this story with this id came, changed or left.
local function change(id, article)
  changed[id] = changed[id] or {}
  table.insert(changed[id], article)
end

local function touch(id, reason)
  if not touched[id] then
    before[id] = redis.call('HGET', story(id), 'revision') or '0'
    -- A hybrid logical clock: the time, or one more than the last. So revisions still grow after Redis lost
    -- data and its stories were made again from the topic.
    touched[id] = math.max(now, tonumber(before[id]) + 1)
    order[#order + 1] = id
    redis.call('HSET', story(id), 'revision', touched[id], 'updated_at', now)
  end
  redis.call('HSET', story(id), 'reason:' .. reason, touched[id])
end

local function open(id)
  if redis.call('HSETNX', story(id), 'opened_at', now) == 0 then return end
  redis.call('HSET', story(id), 'status', 'active', 'encoder', batch.encoder)
  -- One that a loss had taken and settle.lua put to rest may be made again after all.
  local heir = redis.call('HGET', story(id), 'merged_into')
  redis.call('PERSIST', story(id))
  if heir then
    redis.call('HDEL', story(id), 'merged_into')
    local lineage = (redis.call('HGET', story(heir), 'absorbed') or '') .. ' '
    redis.call('HSET', story(heir), 'absorbed', (string.gsub(string.gsub(lineage, id .. ' ', ''), ' $', '')))
    touch(heir, 'split')
  end
end

local function leave_live(id)
  redis.call('HDEL', prefix .. 'live', id)
  for _, key in ipairs({story(id), members(id), log(id), story(id) .. ':history', story(id) .. ':corrections'}) do
    redis.call('EXPIRE', key, batch.retention_s)
  end
end

-- Where an article stands and in which version, as pipeline/adapters/store/articles.py reads it.
local function remember(article, id, version)
  redis.call('SET', prefix .. 'article:' .. article, id .. version, 'EX', batch.retention_s)
end

-- What a desk did, with who and why: with the stories, and once more in the log that outlives them.
if batch.desk then
  local entry = ARGV[batch.desk.entry]
  for _, id in ipairs(batch.desk.stories) do
    touch(id, 'desk')
    redis.call('XADD', story(id) .. ':corrections', 'MAXLEN', batch.desk.kept_of_story,
      string.format('%d-0', number), 'entry', entry)
    if redis.call('HGET', story(id), 'status') == 'closed' then
      redis.call('EXPIRE', story(id) .. ':corrections', batch.retention_s)
    end
  end
  redis.call('XADD', prefix .. 'corrections', 'MAXLEN', '~', batch.desk.kept,
    string.format('%d-0', number), 'entry', entry)
  if batch.desk.mark == 'hide' then redis.call('HSET', story(batch.desk.stories[1]), 'hidden', 1) end
  if batch.desk.mark == 'unhide' then redis.call('HDEL', story(batch.desk.stories[1]), 'hidden') end
end

-- The members of a story that has expired since the decision are gone for good: nothing may make them anew.
for _, entry in ipairs(batch.withdrawals) do
  local article, id, version = entry[1], entry[2], entry[3]
  remember(article, '', version)
  if redis.call('HDEL', members(id), article) == 1 then
    change(id, article)
    touch(id, 'withdrawn')
  end
end

for _, entry in ipairs(batch.corrections) do
  local article, from, to, blob, version = entry[1], entry[2], entry[3], ARGV[entry[4]], entry[5]
  local held = redis.call('HGET', members(from), article)
  remember(article, to, version)
  if held and from ~= to then
    open(to)
    redis.call('HSET', story(to), 'split_from', from)
    redis.call('HDEL', members(from), article)
    change(from, article)
    touch(from, 'split')
    touch(to, 'split')
  end
  if held and (from ~= to or held ~= blob) then
    redis.call('HSET', members(to), article, blob)
    change(to, article)
    touch(to, 'corrected')
  end
end

for _, entry in ipairs(batch.articles) do
  local article, id, reason = entry[1], entry[2], entry[3]
  open(id)
  redis.call('HSET', members(id), article, ARGV[entry[4]])
  change(id, article)
  remember(article, id, entry[5])
  touch(id, reason)
end

for _, merge in ipairs(batch.merges) do
  local survivor, absorbed = merge[1], merge[2]
  local moved = redis.call('HGETALL', members(absorbed))
  for i = 1, #moved, 2 do
    redis.call('HSET', members(survivor), moved[i], moved[i + 1])
    change(survivor, moved[i])
  end
  redis.call('DEL', members(absorbed), log(absorbed))
  local earlier = redis.call('HGET', story(absorbed), 'absorbed')
  local lineage = redis.call('HGET', story(survivor), 'absorbed')
  lineage = (lineage and lineage .. ' ' or '') .. absorbed .. (earlier and ' ' .. earlier or '')
  redis.call('HSET', story(survivor), 'absorbed', lineage)
  redis.call('HSET', story(absorbed), 'status', 'merged', 'merged_into', survivor)
  touch(survivor, 'absorbed')
  touch(absorbed, 'merged')
  leave_live(absorbed)
end

local function take_along(articles, from, to)
  for _, article in ipairs(articles) do
    local member = redis.call('HGET', members(from), article)
    if member then
      redis.call('HSET', members(to), article, member)
      redis.call('HDEL', members(from), article)
      change(from, article)
      change(to, article)
      local known = redis.call('GET', prefix .. 'article:' .. article) or ''
      remember(article, to, string.match(known, '@.*') or '')
    end
  end
end

for _, split in ipairs(batch.splits) do
  local from, to = split[1], split[2]
  open(to)
  redis.call('HSET', story(to), 'split_from', from)
  take_along(split[3], from, to)
  touch(from, 'split')
  touch(to, 'split')
end

for _, move in ipairs(batch.moves) do take_along(move[3], move[1], move[2]) end

for _, id in ipairs(batch.closed) do
  redis.call('HSET', story(id), 'status', 'closed')
  touch(id, 'closed')
  leave_live(id)
end

for _, state in ipairs(batch.states) do
  redis.call('HSET', prefix .. 'live', state[1], ARGV[state[2]])
  if touched[state[1]] then
    redis.call('HSET', story(state[1]), 'cohesion', state[3], 'related', state[4], 'topics', state[5],
      'vector', ARGV[state[6]])
  else
    -- Only the clustering's own notes changed: no new revision, so nothing that a record shows may change.
    order[#order + 1] = state[1]
  end
end

-- Term counts: pairs of uint32 bucket, uint16 increment. BITFIELD takes many at once, the stack does not.
local packed = ARGV[batch.terms]
local arguments = {}
for at = 1, #packed, 6 do
  local bucket, count = struct.unpack('>I4I2', packed, at)
  for _, word in ipairs({'INCRBY', 'u32', '#' .. bucket, count}) do arguments[#arguments + 1] = word end
  if #arguments >= 2000 or at + 6 > #packed then
    redis.call('BITFIELD', prefix .. 'terms', unpack(arguments))
    arguments = {}
  end
end
if #ARGV[batch.term_table] > 0 then redis.call('SET', prefix .. 'terms', ARGV[batch.term_table]) end
if #ARGV[batch.language_means] > 0 then redis.call('SET', prefix .. 'means', ARGV[batch.language_means]) end

for id, _ in pairs(touched) do
  local shard = redis.sha1hex(id)
  redis.call('ZADD', prefix .. 'outbox:' .. (tonumber(string.sub(shard, 1, 8), 16) % batch.shards), 'NX', now, id)
end

-- Which members of a large story each revision changed, so that its publisher need not read all of them again.
-- Whoever finds that an entry does not say to follow the one before it reads all: so it does no harm where none is
-- written. A log that takes no entry belongs to an earlier story of this name.
for id, revision in pairs(touched) do
  if redis.call('HLEN', members(id)) >= batch.logged_members then
    local articles = changed[id] or {}
    local said = #articles <= batch.logged_changes and redis.pcall('XADD', log(id), 'MAXLEN', '~',
      batch.logged_revisions, string.format('%.0f-0', revision), 'after', before[id],
      'articles', table.concat(articles, ' '))
    if type(said) ~= 'string' then redis.call('DEL', log(id)) end
  end
end

sequence = number
redis.call('SET', prefix .. 'sequence', sequence)
redis.call('XADD', prefix .. 'changes', 'MAXLEN', '~', batch.log_entries, string.format('%d-0', sequence),
  'stories', table.concat(order, ' '), 'terms', packed, 'table', #ARGV[batch.term_table] > 0 and '1' or '')
finish()
return {'ok', sequence}
