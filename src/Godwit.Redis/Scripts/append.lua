-- Appends an entry, unless its key was used before.
-- KEYS: record, log, and what remembers the idempotency key if there is one.
-- ARGV: epoch if the log begins, mark, content, its size, most entries, most octets, age, age of the record, channel,
-- command to publish with, and with a key its window and the hash of the content. Ages and windows in ms.
local maxentries, maxoctets, age, recordage = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

-- To look for what goes costs as much as the rest: it is done for many at once. Whoever reads finds what is beyond the bounds gone all the same.
local spareentries, spareoctets, spareage = math.min(64, math.floor(maxentries / 8)), maxoctets / 8, math.min(5000, age / 8)

if KEYS[3] then
  local known = call('GET', KEYS[3])
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
local previous, offset = mark, string.format('%d', head + 1)
head, mark = head + 1, tonumber(ARGV[2])
call('XADD', log, offset .. '-0', 'm', ARGV[2], 't', now, 's', ARGV[4], 'c', ARGV[3])
octets, newest, changed = octets + tonumber(ARGV[4]), now, true
if oldest == 0 then
  oldest = now
end
