-- Drops what is beyond the bounds maxentries, maxoctets and age, oldest first. The newest entry goes by its age alone.
-- With spare entries, octets and ms, not before it is worth while.
local aged = now - age
if head ~= trimmed and (oldest <= aged - spareage or head - trimmed > maxentries + spareentries or octets > maxoctets + spareoctets) then
  changed = true
  if newest <= aged then
    trimmed, trimmedmark, octets, oldest, logkeep, dropall = head, mark, 0, 0, 0, true
  else
    local count, stays = 2, false
    while not stays do
      local items = call('XRANGE', log, string.format('%d-0', trimmed + 1), '+', 'COUNT', count)
      if #items == 0 then
        error({err = 'GODWIT ' .. log .. ' lacks entries'})
      end
      for i = 1, #items do
        local fields = items[i][2]
        local m, time, size = tonumber(fields[2]), tonumber(fields[4]), tonumber(fields[6])
        if not (m and time and size) then
          error({err = 'GODWIT an entry of ' .. log .. ' is not one of this layout'})
        end
        if trimmed + 1 == head or (time > aged and head - trimmed <= maxentries and octets <= maxoctets) then
          oldest, stays = time, true
          break
        end
        trimmed, trimmedmark, octets = trimmed + 1, m, octets - size
      end
      count = 64
    end
    dropbefore = trimmed + 1
  end
end
