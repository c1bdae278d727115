-- Says what a room holds, and changes nothing.
if not exists then
  return false
end
return string.format('%s %d %d %d %d', epoch, head, mark, head - trimmed, octets)
