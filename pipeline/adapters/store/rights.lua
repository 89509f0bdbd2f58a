-- Tells which commands the user who runs this may not use; runs none of them.
-- ARGV  each command as a JSON array of its words
-- Returns those that are refused, as they were given.

local refused = {}
for _, each in ipairs(ARGV) do
  if not redis.acl_check_cmd(unpack(cjson.decode(each))) then table.insert(refused, each) end
end
return refused
