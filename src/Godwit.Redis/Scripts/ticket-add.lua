-- Keeps a ticket, if its share has a place for it.
-- KEYS: 1 the ticket, 2 the ledger of the share: a sorted set of the tickets by when they end, in which the octets of all
--       stand under the empty name, below 0 so that no end is like it.
-- ARGV: 1 the content, 2 its life in ms, 3 the ticket's name in the ledger, which begins with its octets,
--       4 the octets, 5 the most tickets of a share, 6 their most octets, 7 for how many ms more the ledger is kept.
-- Answers: 1, or 0 where the share is full.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local life, octets = tonumber(ARGV[2]), tonumber(ARGV[4])

-- A few at a time of those that nobody took: more of them than are added.
local over = redis.call('ZRANGE', KEYS[2], 1, now, 'BYSCORE', 'LIMIT', 0, 64)
if #over > 0 then
  local freed = 0
  for _, name in ipairs(over) do
    freed = freed + tonumber(string.match(name, '^%d+'))
  end
  redis.call('ZINCRBY', KEYS[2], freed, '')
  redis.call('ZREM', KEYS[2], unpack(over))
end

local used = -(tonumber(redis.call('ZSCORE', KEYS[2], '') or '0'))
if redis.call('ZCOUNT', KEYS[2], 1, '+inf') >= tonumber(ARGV[5]) or used + octets > tonumber(ARGV[6]) then
  return 0
end

-- A key of Redis is there at the very millisecond at which it expires, a ticket is not.
redis.call('SET', KEYS[1], ARGV[1], 'PX', math.max(1, life - 1))
redis.call('ZADD', KEYS[2], now + life, ARGV[3])
redis.call('ZINCRBY', KEYS[2], -octets, '')
local keep = life + tonumber(ARGV[7])
if redis.call('PTTL', KEYS[2]) < keep then
  redis.call('PEXPIRE', KEYS[2], keep)
end

return 1
