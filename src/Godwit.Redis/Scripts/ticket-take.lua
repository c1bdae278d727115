-- Takes a ticket, and gives its place back.
-- KEYS: 1 the ticket, 2 the ledger of its share.
-- ARGV: 1 the ticket's id, 2 the octets that it counts beside its content.
-- Answers: the content, or nothing.
local content = redis.call('GETDEL', KEYS[1])
if content then
  -- A store without memory refuses to count, and the ticket is taken all the same: its place comes back when its time is over.
  local octets = #content + ARGV[2]
  local name = octets .. ':' .. ARGV[1]
  if redis.call('ZSCORE', KEYS[2], name) and not redis.pcall('ZINCRBY', KEYS[2], octets, '').err then
    redis.call('ZREM', KEYS[2], name)
  end
end

return content
