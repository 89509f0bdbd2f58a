-- Tells which process of Redis this is, and notes it as one whose append-only file is known to be whole.
-- KEYS[1]  prefix of the edition
-- ARGV[1]  the run id to note; '' to look only
-- Returns {run id, what is noted: RUN:TIME, of a start of Redis or the loss of all that it held, '1' where it keeps an append-only file, '1' while it writes that anew,
--          '1' where the last such writing went well}.

local noted = KEYS[1] .. 'server'
local said = redis.call('INFO', 'server') .. redis.call('INFO', 'persistence')
local function says(name) return string.match(said, name .. ':(%w+)') end

local run = says('run_id')
if ARGV[1] == run then redis.call('SET', noted, run .. ':' .. table.concat(redis.call('TIME'), '.')) end
local busy = says('aof_rewrite_in_progress') == '1' or says('aof_rewrite_scheduled') == '1'
return {
  run, redis.call('GET', noted) or '', says('aof_enabled'), busy and '1' or '0',
  says('aof_last_bgrewrite_status') == 'ok' and '1' or '0',
}
