-- Adds what a server has spent of a rate to what all have.
-- KEYS: 1 the bucket: when it is full, in us.
-- ARGV: 1 how many tokens were spent, 2 the us in which it gets one, 3 how many it has when it is full, 4 the us that may be owed.
-- Answers: the us until it is full.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local every = tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + every * ARGV[1]
full = math.min(full, now + every * ARGV[3] + ARGV[4])
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', string.format('%.0f', math.ceil((full - now) / 1000) + 1))
return full - now
