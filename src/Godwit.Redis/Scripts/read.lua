-- Judges a position and reads a page, both at one instant. Gives what is known of the log as a line of text, and the entries.
local kind, offset, most, mostoctets = ARGV[4], tonumber(ARGV[6]), tonumber(ARGV[9]), tonumber(ARGV[10])

local verdict = 'ok'
if kind == 'after' or kind == 'before' then
  verdict = judge(ARGV[5], offset, tonumber(ARGV[7]))
elseif kind == 'continue' then
  verdict = judge(ARGV[5], offset)
end

local start, stop, backward = trimmed, head, false
if kind == 'now' then
  start = head
elseif kind == 'last' then
  start = math.max(trimmed, head - tonumber(ARGV[8]))
elseif kind == 'before' then
  backward = true
  if verdict == 'gap' then
    stop = trimmed
  elseif verdict == 'ok' then
    stop = math.max(trimmed, offset - 1)
  end
elseif kind ~= 'start' and verdict == 'ok' then
  start = offset
end

-- As many at a time as are likely to fit.
local page, sum, full = {}, 0, false
local likely = math.max(1, math.min(512, math.floor(mostoctets / math.max(1, octets / math.max(1, head - trimmed))) + 1))
local first, last = start + 1, stop
while not full and #page < most and first <= last do
  local count = math.min(likely, most - #page)
  local items
  if backward then
    items = call('XREVRANGE', log, id(last), id(first), 'COUNT', count)
  else
    items = call('XRANGE', log, id(first), id(last), 'COUNT', count)
  end
  if #items == 0 then
    lacks(backward and last or first)
  end
  for i = 1, #items do
    local _, _, size = entry(items[i])
    sum = sum + size
    if #page > 0 and sum > mostoctets then
      full = true
      break
    end
    page[#page + 1] = items[i]
  end
  if backward then
    last = stop - #page
  else
    first = start + #page + 1
  end
end

if backward then
  start = stop - #page
  for i = 1, math.floor(#page / 2) do
    page[i], page[#page + 1 - i] = page[#page + 1 - i], page[i]
  end
end

save(tonumber(ARGV[3]))
return {string.format('%s %s %d %d %d %d %d %d', verdict, epoch, head, mark, trimmed, trimmedmark, start, markat(start)), page}
