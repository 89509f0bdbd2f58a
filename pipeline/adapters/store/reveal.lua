-- Says that records of these stories may stand on the topic from now on, before they are sent: a publisher that dies
-- between the commit of a record and its acknowledgement leaves nobody else who knows.
-- KEYS[1]  prefix of the edition
-- ARGV     story ids
-- What has expired meanwhile is not made anew.
for _, id in ipairs(ARGV) do
  local story = KEYS[1] .. 'story:' .. id
  if redis.call('EXISTS', story) == 1 then redis.call('HSETNX', story, 'published_at', 0) end
end
