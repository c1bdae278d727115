-- Gives an order its number, keeps it in the place of the one with the same key, and tells it.
-- KEYS: 1 the orders, a stream by number; 2 when each ends, a sorted set; 3 the numbers of those that have keys, a hash;
--       4 the newest number.
-- ARGV: 1 the key or '', 2 the content, 3 its life in ms, 4 the most orders, 5 the highest number that the caller knows,
--       6 for how many ms more the keys are kept, 7 PUBLISH or SPUBLISH, 8 the channel.
-- Answers: the number, or 0 where there are as many orders as there may be.
local clock = redis.call('TIME')
local us = clock[1] * 1000000 + clock[2]
local now = math.floor(us / 1000)
local key, life = ARGV[1], tonumber(ARGV[3])

local function id(number)
  return string.format('%.0f-0', number)
end

local function drop(number)
  local entry = redis.call('XRANGE', KEYS[1], id(number), id(number))[1]
  if entry then
    local of = entry[2][2]
    if of ~= '' and tonumber(redis.call('HGET', KEYS[3], of)) == tonumber(number) then
      redis.call('HDEL', KEYS[3], of)
    end
    redis.call('XDEL', KEYS[1], id(number))
  end
  redis.call('ZREM', KEYS[2], number)
end

-- A few at a time: more of them than are added.
for _, number in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, 64)) do
  drop(number)
end

local replaced = key ~= '' and redis.call('HGET', KEYS[3], key)
if not replaced and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then
  return 0
end

-- Above whatever was given before a loss of the newest number: by the time, and by what the caller was told.
local newest = tonumber(redis.call('GET', KEYS[4]) or '0')
local number = math.max(newest + 1, tonumber(ARGV[5]) + 1, us)
local text = string.format('%.0f', number)
redis.call('XADD', KEYS[1], id(number), 'key', key, 'content', ARGV[2], 'ends', string.format('%.0f', now + life))
redis.call('ZADD', KEYS[2], now + life, text)
redis.call('SET', KEYS[4], text, 'KEEPTTL')
if replaced then
  drop(replaced)
end
if key ~= '' then
  redis.call('HSET', KEYS[3], key, text)
end

local keep = life + tonumber(ARGV[6])
for _, name in ipairs(KEYS) do
  if redis.call('PTTL', name) < keep then
    redis.call('PEXPIRE', name, keep)
  end
end

redis.call(ARGV[7], ARGV[8], string.format('%.0f %s\n', newest, text) .. ARGV[2])
return number
