-- What all scripts of a room begin with. KEYS[1] is the room's record, KEYS[2] its log.
-- The record is a line of text: layout, epoch, head, its mark, last entry trimmed, its mark, octets retained, time of the
-- newest entry, time of the oldest one retained, a time before which the record must not expire, when the log expires.
local RECORD = '^1 (%S+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$'
local epoch, head, mark, trimmed, trimmedmark, octets, newest, oldest, keep, logkeep
local changed = false

-- What is to be dropped: everything, or what is before an offset. Only when the record says so: a Redis without memory refuses to write that.
local dropall, dropbefore = false, 0
local isnew = false

-- Time in ms. Within a room it does not go back, whatever the clock of a new primary says.
local now
do
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local function id(offset)
  return string.format('%d-0', offset)
end

-- Another log in the place of what there is.
local function begin(newepoch)
  epoch, head, mark, trimmed, trimmedmark, octets, newest, oldest, logkeep = newepoch, 0, 0, 0, 0, 0, now, 0, 0
  keep = keep or 0
  changed, isnew, dropall, dropbefore = true, true, true, 0
end

-- Reads the record; false if there is none.
local function load(newepoch)
  local text = redis.call('GET', KEYS[1])
  if not text then
    return false
  end
  epoch, head, mark, trimmed, trimmedmark, octets, newest, oldest, keep, logkeep = string.match(text, RECORD)
  if not epoch then
    error({err = 'GODWIT the value of ' .. KEYS[1] .. ' is not a record of this layout'})
  end
  head, mark, trimmed, trimmedmark = tonumber(head), tonumber(mark), tonumber(trimmed), tonumber(trimmedmark)
  octets, newest, oldest, keep, logkeep = tonumber(octets), tonumber(newest), tonumber(oldest), tonumber(keep), tonumber(logkeep)
  if now < newest then
    now = newest
  end
  local retained = redis.call('XLEN', KEYS[2])
  if retained ~= head - trimmed then
    if retained == 0 then
      -- All have aged out, and the log with them.
      trimmed, trimmedmark, octets, oldest, logkeep = head, mark, 0, 0, 0
      changed = true
    else
      -- Somebody else has changed it: nothing that was promised of this log holds.
      begin(newepoch)
    end
  end
  return true
end

local function open(newepoch)
  if not load(newepoch) then
    begin(newepoch)
  end
end

local function entry(item)
  local fields = item[2]
  if fields[1] ~= 'm' or fields[3] ~= 't' or fields[5] ~= 's' or fields[7] ~= 'c' or fields[9] then
    error({err = 'GODWIT an entry of ' .. KEYS[2] .. ' is not one of this layout'})
  end
  return tonumber(fields[2]), tonumber(fields[4]), tonumber(fields[6])
end

-- Drops what is beyond the bounds, oldest first. The newest entry goes by its age alone.
local function trim(maxentries, maxoctets, age)
  local aged = now - age
  if head == trimmed or (oldest > aged and head - trimmed <= maxentries and octets <= maxoctets) then
    return
  end
  changed = true
  if newest <= aged then
    trimmed, trimmedmark, octets, oldest, logkeep, dropall = head, mark, 0, 0, 0, true
    return
  end
  local count = 2
  local stays = false
  while not stays do
    local items = redis.call('XRANGE', KEYS[2], id(trimmed + 1), '+', 'COUNT', count)
    for i = 1, #items do
      local m, time, size = entry(items[i])
      if trimmed + 1 == head or (time > aged and head - trimmed <= maxentries and octets <= maxoctets) then
        oldest = time
        stays = true
        break
      end
      trimmed, trimmedmark, octets = trimmed + 1, m, octets - size
    end
    if #items == 0 then
      error({err = 'GODWIT ' .. KEYS[2] .. ' has no entry ' .. id(trimmed + 1)})
    end
    count = 64
  end
  dropbefore = trimmed + 1
end

local function drop()
  if dropall then
    redis.call('UNLINK', KEYS[2])
  elseif dropbefore > 0 then
    redis.call('XTRIM', KEYS[2], 'MINID', '=', id(dropbefore))
  end
  dropall, dropbefore = false, 0
end

-- Writes the record if it has changed, and has it live on from now. What has only aged is dropped another time if there is no memory to write that.
local function save(recordage, must, longer)
  local expires = string.format('%d', math.max(now + recordage + (longer or 0), keep))
  if changed then
    local written = redis.pcall('SET', KEYS[1], string.format('1 %s %d %d %d %d %d %d %d %d %d', epoch, head, mark, trimmed, trimmedmark, octets, newest, oldest, keep, logkeep), 'PXAT', expires)
    if not written.err then
      drop()
    elseif must or isnew then
      error(written)
    else
      redis.call('PEXPIREAT', KEYS[1], expires)
    end
  else
    redis.call('PEXPIREAT', KEYS[1], expires)
  end
end

-- The mark of an entry that is retained, or of the last one trimmed.
local function markat(offset)
  if offset == head then
    return mark
  end
  if offset == trimmed then
    return trimmedmark
  end
  local items = redis.call('XRANGE', KEYS[2], id(offset), id(offset))
  if not items[1] then
    error({err = 'GODWIT ' .. KEYS[2] .. ' has no entry ' .. id(offset)})
  end
  return (entry(items[1]))
end

-- What becomes of a position.
local function judge(ofepoch, offset, m)
  if ofepoch ~= epoch or offset > head then
    return 'reset'
  end
  if offset < trimmed then
    return 'gap'
  end
  if m and markat(offset) ~= m then
    return 'reset'
  end
  return 'ok'
end
