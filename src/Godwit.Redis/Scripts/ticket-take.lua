-- Takes a ticket, and gives its place back.
-- KEYS: 1 the ticket, 2 the ledger of its share.
-- ARGV: 1 the ticket's id, 2 the octets that it counts beside its content.
-- Answers: the content, or nothing.
local content = redis.call('GETDEL', KEYS[1])
if content then
  local octets = #content + ARGV[2]
  if redis.call('ZREM', KEYS[2], octets .. ':' .. ARGV[1]) == 1 then
    redis.call('ZINCRBY', KEYS[2], octets, '')
  end
end

return content
