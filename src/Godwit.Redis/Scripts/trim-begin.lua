-- ARGV of a trim: epoch if the log has to begin anew, epoch, offset and mark of a position, age, age of the record, channel, command to publish with,
-- most entries and octets of the log.
if not exists then
  return 'reset 0'
end
local age, maxentries, maxoctets = tonumber(ARGV[5]), tonumber(ARGV[9]), tonumber(ARGV[10])
local spareentries, spareoctets, spareage = 0, 0, 0
