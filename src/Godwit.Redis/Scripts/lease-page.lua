-- Reads members in the order of their sessions.
-- ARGV: 3 the session behind which to begin or '', 4 the most members, 5 the octets after which no further is read.
-- Answers, further: how many there are in all, 1 where there are others behind, and the members.
local after, most, octets = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local told = answer(false)
local from = after == '' and '-' or '(' .. after .. ':'
local count, is_more = 0, 0
told[4] = redis.call('ZCARD', MEMBERS)
told[5] = 0
while count <= most do
  local found = redis.call('ZRANGE', MEMBERS, from, '+', 'BYLEX', 'LIMIT', 0, math.min(64, most - count + 1))
  if #found == 0 then
    return told
  end
  for _, member in ipairs(found) do
    if count == most or octets <= 0 then
      told[5] = 1
      return told
    end
    told[#told + 1] = member
    count = count + 1
    octets = octets - #member
    from = '(' .. member
  end
end

return told
