-- Brings live stories of which the topic has no record into the outbox, a portion of them: those that were published
-- are published again; those that never were may be shown by what the policy is now.
-- KEYS[1]  prefix of the edition
-- ARGV     shards, members without which a story is not shown, then story ids
-- Returns how many are published again | -1 where the edition has other shards by now.

local prefix, shards, least = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if (redis.call('HGET', prefix .. 'identity', 'shards') or ARGV[1]) ~= ARGV[1] then return -1 end

local function wait_in_outbox(id)
  local shard = tonumber(string.sub(redis.sha1hex(id), 1, 8), 16) % shards
  redis.call('ZADD', prefix .. 'outbox:' .. shard, 'NX', now, id)
end

local again = 0
for at = 3, #ARGV do
  local id = ARGV[at]
  local story = prefix .. 'story:' .. id
  local held, told, status = unpack(redis.call('HMGET', story, 'revision', 'published_revision', 'status'))
  if status == 'active' and told then
    if tonumber(held) <= tonumber(told) then -- else its newer one waits already
      local revision = math.max(now, tonumber(told) + 1)
      redis.call('HSET', story, 'revision', revision, 'updated_at', now, 'reason:restored', revision)
    end
    wait_in_outbox(id)
    again = again + 1
  elseif status == 'active' and redis.call('HLEN', story .. ':articles') >= least then
    wait_in_outbox(id)
  end
end
return again
