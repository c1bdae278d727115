-- Appends an entry, unless its key was used before, and tells who subscribes.
-- KEYS: record, log, and what remembers the idempotency key if there is one.
-- ARGV: epoch if the log begins, mark, content, its size, most entries, most octets, age, age of the record, channel,
-- command to publish with, and with a key its window and the hash of the content. Ages and windows in ms.
local age, recordage = tonumber(ARGV[7]), tonumber(ARGV[8])
open(ARGV[1])

if KEYS[3] then
  local known = redis.call('GET', KEYS[3])
  if known then
    local hash, ofepoch, offset, m = string.match(known, '^(%x+) (%S+) (%d+) (%d+)$')
    if not hash then
      error({err = 'GODWIT the value of ' .. KEYS[3] .. ' is not one of this layout'})
    end
    if ofepoch == epoch then
      save(recordage)
      return (hash == ARGV[12] and 'duplicate' or 'reused') .. ' ' .. epoch .. ' ' .. offset .. ' ' .. m
    end
  end
end

drop()
local previous, size = mark, tonumber(ARGV[4])
head, mark = head + 1, tonumber(ARGV[2])
redis.call('XADD', KEYS[2], id(head), 'm', ARGV[2], 't', string.format('%d', now), 's', ARGV[4], 'c', ARGV[3])
octets, newest, changed = octets + size, now, true
if oldest == 0 then
  oldest = now
end
trim(tonumber(ARGV[5]), tonumber(ARGV[6]), age)

-- A minute more than it has to, so that not every append sets it.
if logkeep < now + age then
  logkeep = now + age + 60000
  redis.call('PEXPIREAT', KEYS[2], string.format('%d', logkeep))
end

local at = string.format('%s %d %d', epoch, head, mark)
if KEYS[3] then
  local window = tonumber(ARGV[11])
  keep = math.max(keep, now + window)
  redis.call('SET', KEYS[3], ARGV[12] .. ' ' .. at, 'PX', ARGV[11])
end
save(recordage, true)
redis.call(ARGV[10], ARGV[9], string.format('entry 1 %s %d %d\n', at, previous, now) .. ARGV[3])
return 'stored ' .. at
