local function drop()
  if dropall then
    call('UNLINK', log)
  elseif dropbefore > 0 then
    call('XTRIM', log, 'MINID', '=', string.format('%d-0', dropbefore))
  end
  dropall, dropbefore = false, 0
end

-- Writes the record if it has changed, and has it live on from now. What has only aged is dropped another time if there is no memory to write that.
local function save(recordage, must)
  local expires = now + recordage
  if expires < keep then
    expires = keep
  end
  if not changed then
    call('PEXPIREAT', record, expires)
    return
  end
  local written = pcall('SET', record, struct.pack(RECORD, '1 ', epoch, head, mark, trimmed, trimmedmark, octets, newest, oldest, keep, logkeep), 'PXAT', expires)
  if not written.err then
    drop()
  elseif must or isnew then
    error(written)
  else
    call('PEXPIREAT', record, expires)
  end
end
