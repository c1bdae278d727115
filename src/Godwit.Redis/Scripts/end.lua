-- Ends a log and begins another. ARGV: its epoch, age of the record, channel, command to publish with.
if not load(ARGV[1]) then
  return false
end
begin(ARGV[1])
save(tonumber(ARGV[2]), true)
redis.call(ARGV[4], ARGV[3], 'ended 1 ' .. epoch)
return epoch
