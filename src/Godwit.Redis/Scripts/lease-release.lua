-- Has a lease end sooner.
-- ARGV: 3 the session, 4 the holder, 5 the ms that are left of it if it had more.
local session, holder, ends = ARGV[3], ARGV[4], now + ARGV[5]
local held = tonumber(redis.call('ZSCORE', LEASES, session .. holder))
if held and ends < held then
  local first = next_end()
  if ends > now then
    redis.call('ZADD', LEASES, ends, session .. holder)
    if ends < first then
      tell(version, {})
    end
  elseif end_lease(session, holder) then
    tell(begin_change(), { '-' .. session })
  end
end

return answer(false)
