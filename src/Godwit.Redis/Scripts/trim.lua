-- Drops the entries before a position.
local offset = tonumber(ARGV[3])
local verdict = judge(ARGV[2], offset, tonumber(ARGV[4]))
local dropped = 0
if verdict == 'ok' and offset - 1 > trimmed then
  local m = markat(offset - 1)
  dropped = offset - 1 - trimmed
  octets, oldest = 0, 0
  local from = offset
  while from <= head do
    local items = call('XRANGE', log, id(from), '+', 'COUNT', 64)
    if #items == 0 then
      lacks(from)
    end
    for i = 1, #items do
      local _, time, size = entry(items[i])
      octets = octets + size
      if oldest == 0 then
        oldest = time
      end
    end
    from = from + #items
  end
  trimmed, trimmedmark, changed, dropbefore = offset - 1, m, true, offset
end
if verdict ~= 'reset' or changed then
  save(tonumber(ARGV[6]), dropped > 0)
end
if dropped > 0 then
  call(ARGV[8], ARGV[7], string.format('trimmed 1 %s %d', epoch, trimmed))
end
return string.format('%s %d', verdict, dropped)
