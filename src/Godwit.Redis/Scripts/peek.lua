-- Says what a room holds, and changes nothing.
local text = redis.call('GET', KEYS[1])
if not text then
  return false
end
epoch, head, mark, trimmed, trimmedmark, octets = string.match(text, RECORD)
if not epoch then
  error({err = 'GODWIT the value of ' .. KEYS[1] .. ' is not a record of this layout'})
end
local retained = redis.call('XLEN', KEYS[2])
return string.format('%s %s %s %d %s', epoch, head, mark, retained, retained == 0 and '0' or octets)
