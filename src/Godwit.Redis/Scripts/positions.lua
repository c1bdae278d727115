local function id(offset)
  return string.format('%d-0', offset)
end

local function lacks(offset)
  error({err = 'GODWIT ' .. log .. ' has no entry ' .. id(offset)})
end

-- Mark, time and octets of an entry.
local function entry(item)
  local fields = item[2]
  if fields[1] ~= 'm' or fields[3] ~= 't' or fields[5] ~= 's' or fields[7] ~= 'c' or fields[9] then
    error({err = 'GODWIT an entry of ' .. log .. ' is not one of this layout'})
  end
  return tonumber(fields[2]), tonumber(fields[4]), tonumber(fields[6])
end

-- The mark of an entry that is retained, or of the last one trimmed.
local function markat(offset)
  if offset == head then
    return mark
  end
  if offset == trimmed then
    return trimmedmark
  end
  local items = call('XRANGE', log, id(offset), id(offset))
  if not items[1] then
    lacks(offset)
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
