-- Reads the orders behind a number.
-- KEYS: 1 the orders, a stream by number; 2 the newest number.
-- ARGV: 1 the number, 2 the most to read, 3 the highest number that the caller knows, 4 for how many ms the newest is kept.
-- Answers: the newest number that the store knew; the one up to which was read, or the newest if that was the last page;
--          and number and content of each order that is kept.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local newest = tonumber(redis.call('GET', KEYS[2]) or '0')
local known = tonumber(ARGV[3])
if known > newest then
  -- The store has lost orders: the numbers go on behind those that somebody was told.
  redis.call('SET', KEYS[2], string.format('%.0f', known), 'PX', ARGV[4])
elseif newest > 0 and redis.call('PTTL', KEYS[2]) < ARGV[4] / 2 then
  -- It stays for as long as somebody knows it, so that nobody takes for lost what is over.
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end

local found = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])
local answer = { newest, math.max(newest, known) }
for _, entry in ipairs(found) do
  local number, fields = tonumber(string.match(entry[1], '^%d+')), entry[2]
  if #found == tonumber(ARGV[2]) then
    answer[2] = number
  end
  if tonumber(fields[6]) > now then
    answer[#answer + 1] = number
    answer[#answer + 1] = fields[4]
  end
end

return answer
