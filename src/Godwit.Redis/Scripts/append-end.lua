-- Stores where the log stands now, and tells who subscribes.
-- A minute more than it has to, so that not every append sets it.
if logkeep < now + age then
  logkeep = now + age + 60000
  call('PEXPIREAT', log, logkeep)
end

local at = epoch .. ' ' .. offset .. ' ' .. ARGV[2]
if KEYS[3] then
  keep = math.max(keep, now + tonumber(ARGV[11]))
  call('SET', KEYS[3], ARGV[12] .. ' ' .. at, 'PX', ARGV[11])
end
save(recordage, true)
call(ARGV[10], ARGV[9], 'entry 1 ' .. at .. ' ' .. string.format('%d %d', previous, now) .. '\n' .. ARGV[3])
return 'stored ' .. at
