-- The keys of a purpose: makes the first one, and another in its place when the newest is as old as the period.
-- KEYS: 1 the ring, a hash of newest and older (name and secret) and made (when the newest was, in us).
-- ARGV: 1 the period in us, 2 the key to take where one is needed, 3 for how many ms the ring is kept.
-- Answers: the newest key, the older one or '', and for how many us the newest goes on signing.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local period = tonumber(ARGV[1])
local kept = redis.call('HMGET', KEYS[1], 'newest', 'older', 'made')
local newest, older, made = kept[1], kept[2] or '', tonumber(kept[3] or '0')

if not newest then
  newest, made = ARGV[2], now
elseif made > now then
  -- The clock fell, perhaps by a failover: a key does not sign for longer than its period because of it.
  made = now
elseif now - made >= period then
  newest, older, made = ARGV[2], newest, now
end

redis.call('HSET', KEYS[1], 'newest', newest, 'older', older, 'made', string.format('%.0f', made))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { newest, older, period - (now - made) }
