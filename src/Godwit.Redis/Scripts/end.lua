-- Ends a log and begins another. ARGV: its epoch, age of the record, channel, command to publish with.
if not exists then
  return false
end
epoch, head, mark, trimmed, trimmedmark, octets, newest, oldest, logkeep = ARGV[1], 0, 0, 0, 0, 0, now, 0, 0
changed, dropall = true, true
save(tonumber(ARGV[2]), true)
call(ARGV[4], ARGV[3], 'ended 1 ' .. epoch)
return epoch
