-- What all scripts of a room begin with: where its log stands. KEYS[1] is the room's record, KEYS[2] its log, ARGV[1] the epoch of the log if it begins.
-- The record is "1 ", the epoch, and as numbers of eight octets: head, its mark, last entry trimmed, its mark, octets retained, time of the newest entry,
-- time of the oldest one retained, a time before which the record must not expire, when the log expires. Times in ms.
-- The fewer calls and functions the better: this runs for every entry.
local RECORD, LENGTH = '<c2c11ddddddddd', 85
local call, pcall = redis.call, redis.pcall
local record, log = KEYS[1], KEYS[2]
local epoch, head, mark, trimmed, trimmedmark, octets, newest, oldest, keep, logkeep
local changed, isnew = false, false

-- What is to be dropped: everything, or what is before an offset. Only when the record says so: a Redis without memory refuses to write that.
local dropall, dropbefore = false, 0

-- Within a room time does not go back, whatever the clock of a new primary says.
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)

local stored = call('GET', record)
local exists, layout = stored and true, nil
if exists then
  if #stored == LENGTH then
    layout, epoch, head, mark, trimmed, trimmedmark, octets, newest, oldest, keep, logkeep = struct.unpack(RECORD, stored)
  end
  if layout ~= '1 ' then
    error({err = 'GODWIT the value of ' .. record .. ' is not a record of this layout'})
  end
  if now < newest then
    now = newest
  end
  local retained = call('XLEN', log)
  if retained ~= head - trimmed then
    changed = true
    if retained == 0 then
      -- All have aged out, and the log with them.
      trimmed, trimmedmark, octets, oldest, logkeep = head, mark, 0, 0, 0
    else
      -- Somebody else has changed it: nothing that was promised of this log holds.
      isnew = true
    end
  end
else
  isnew, keep = true, 0
end
if isnew then
  epoch, head, mark, trimmed, trimmedmark, octets, newest, oldest, logkeep = ARGV[1], 0, 0, 0, 0, 0, now, 0, 0
  changed, dropall = true, true
end
