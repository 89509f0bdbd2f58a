-- Takes all shards of an edition at once, so that no publisher takes one; or gives them back.
-- KEYS[1]  prefix of the edition
-- ARGV     our token, the number of shards, milliseconds until they are free again (0 gives back those that are ours)
-- Returns 1 | 0 where somebody else holds one of them: then none was taken.

local ours, milliseconds = ARGV[1], tonumber(ARGV[3])
local function lease(shard) return KEYS[1] .. 'lease:' .. shard end

if milliseconds > 0 then
  for shard = 0, tonumber(ARGV[2]) - 1 do
    if redis.call('EXISTS', lease(shard)) == 1 then return 0 end
  end
end
for shard = 0, tonumber(ARGV[2]) - 1 do
  if milliseconds > 0 then
    redis.call('SET', lease(shard), ours, 'PX', milliseconds)
  elseif redis.call('GET', lease(shard)) == ours then
    redis.call('DEL', lease(shard))
  end
end
return 1
