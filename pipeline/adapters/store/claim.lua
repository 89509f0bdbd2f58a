-- Compares what a process states with what its edition is, and adds what the edition does not say yet.
-- KEYS[1]  prefix of the edition
-- ARGV     the edition beside which the process knows ours to be filled, or '';
--          name and value of each field that the process states
-- Returns {'agrees', digest, the edition beside which it is filled or '', those whose records are its own or '',
--          1 where it had forgotten that it is filled beside another one and knows it again, else 0}
--       | {'differs', name, value, ... of all that the edition says}: also where another one has come after it.

local identity = KEYS[1] .. 'identity'
if redis.call('HGET', identity, 'successor') then
  return {'differs', unpack(redis.call('HGETALL', identity))}
end
local missing = {}
for at = 2, #ARGV, 2 do
  local stored = redis.call('HGET', identity, ARGV[at])
  if stored and stored ~= ARGV[at + 1] then return {'differs', unpack(redis.call('HGETALL', identity))} end
  if not stored then
    missing[#missing + 1] = ARGV[at]
    missing[#missing + 1] = ARGV[at + 1]
  end
end

-- A Redis that lost everything does not know that we stand by, and two editions would publish. Whoever has taken over
-- says so, so what says neither is lost.
local beside, forgotten = ARGV[1], 0
if beside ~= '' and not redis.call('HGET', identity, 'predecessor') then
  local ours = ' ' .. (redis.call('HGET', identity, 'took_over') or '') .. ' '
  if not string.find(ours, ' ' .. beside .. ' ', 1, true) then
    forgotten = 1
    missing[#missing + 1] = 'predecessor'
    missing[#missing + 1] = beside
  end
end

local digest = redis.call('HGET', identity, 'digest')
if #missing > 0 then redis.call('HSET', identity, unpack(missing)) end
if forgotten == 1 then -- the fence, as in stand_by.lua
  for shard = 0, tonumber(redis.call('HGET', identity, 'shards') or '0') - 1 do
    redis.call('SET', KEYS[1] .. 'lease:' .. shard, 'stands by')
  end
end
if #missing > 0 or not digest then
  local all, lines = redis.call('HGETALL', identity), {}
  for at = 1, #all, 2 do
    if all[at] ~= 'digest' then lines[#lines + 1] = all[at] .. '=' .. all[at + 1] end
  end
  table.sort(lines)
  digest = redis.sha1hex(table.concat(lines, '\n'))
  redis.call('HSET', identity, 'digest', digest)
end
return {
  'agrees', digest,
  redis.call('HGET', identity, 'predecessor') or '', redis.call('HGET', identity, 'took_over') or '',
  forgotten,
}
