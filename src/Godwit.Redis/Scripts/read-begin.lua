-- ARGV of a read: epoch if the log begins, age, age of the record, kind, epoch, offset and mark of a position, count of 'last',
-- most entries and octets of the page, and of the log.
local age, maxentries, maxoctets = tonumber(ARGV[2]), tonumber(ARGV[11]), tonumber(ARGV[12])
local spareentries, spareoctets, spareage = 0, 0, 0
