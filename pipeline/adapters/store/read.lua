-- Reads one story for its publisher: all its members, or those that changed since a revision that is known.
-- KEYS[1]  prefix of the edition
-- ARGV     story id, the revision that is known ('' where none is)
-- Returns {fields of the story, number of its members, 1, id and what it is now of each member that changed, nil
-- where it left}, or {fields, number, 0, id and member of all}.

local story, known = KEYS[1] .. 'story:' .. ARGV[1], ARGV[2]
local members = story .. ':articles'
local fields, count = redis.call('HGETALL', story), redis.call('HLEN', members)

-- Nil where the log does not lead from the known revision to the present one without a gap.
local function changes()
  local log = redis.call('XRANGE', story .. ':log', known .. '-0', '+')
  if not log[1] or log[1][1] ~= known .. '-0' then return nil end
  local reached, ids, met = known, {}, {}
  for at = 2, #log do
    local after, articles = log[at][2][2], log[at][2][4]
    if after ~= reached then return nil end
    reached = string.match(log[at][1], '^%d+')
    for article in string.gmatch(articles, '%S+') do
      if not met[article] then table.insert(ids, article) end
      met[article] = true
    end
  end
  return reached == redis.call('HGET', story, 'revision') and ids or nil
end

local ids = known ~= '' and changes()
if not ids then return {fields, count, 0, redis.call('HGETALL', members)} end
local now = {}
for _, article in ipairs(ids) do
  table.insert(now, article)
  table.insert(now, redis.call('HGET', members, article))
end
return {fields, count, 1, now}
