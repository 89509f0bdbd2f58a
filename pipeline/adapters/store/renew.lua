-- Prolongs or gives back a lease, if it is still ours.
-- KEYS[1] the lease; ARGV: our token, milliseconds (0 gives it back). Returns 1 where it was ours.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) == 0 then redis.call('DEL', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
