-- Says where a log stands; makes it if there is none. ARGV: epoch if the log begins, age of the record, and whether it is watched (1) or was (0).
-- A record that is watched is kept for a minute at a time, and not written anew before half of it has passed.
local watched = ARGV[3] == '1'
if watched and keep < now + 30000 then
  keep, changed = now + 60000, true
end
if changed or not watched then
  save(tonumber(ARGV[2]) + (watched and 60000 or 0))
end
return string.format('%s %d %d', epoch, head, mark)
