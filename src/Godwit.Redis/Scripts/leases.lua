-- What every script on the leases of a room begins with: leases that are over end here, whoever asks.
-- KEYS: 1 leases, a sorted set of session and holder by when they end;
--       2 holders, a hash of the number of leases by session, and under the empty name the version of the list;
--       3 members, a sorted set without scores: the session (16 octets), then since when, the user and the state.
-- ARGV: 1 PUBLISH or SPUBLISH, 2 the channel.
-- A notification: the version before, the version now, the ms until the next lease ends (-1: there is none); a line break;
-- then for each change '+', the length of a member, ':' and the member, or '-' and a session.
local LEASES, HOLDERS, MEMBERS = KEYS[1], KEYS[2], KEYS[3]
local AT_ONCE = 250

local clock = redis.call('TIME')
local us = clock[1] * 1000000 + clock[2]
local now = math.floor(us / 1000)
local version = tonumber(redis.call('HGET', HOLDERS, '') or '0')

local function next_end()
  return tonumber(redis.call('ZRANGE', LEASES, 0, 0, 'WITHSCORES')[2])
end

-- A version is above all before it, also above those of a list that was lost.
local function begin_change()
  local before = version
  version = math.max(version + 1, us)
  redis.call('HSET', HOLDERS, '', string.format('%.0f', version))
  return before
end

local function tell(before, changes)
  local next = next_end()
  redis.call(ARGV[1], ARGV[2], string.format('%.0f %.0f %.0f\n', before, version, next and math.max(0, next - now) or -1) .. table.concat(changes))
end

local function is_member(session)
  return redis.call('HEXISTS', HOLDERS, session) == 1
end

-- Ends a lease; whether the session is no member any more.
local function end_lease(session, holder)
  redis.call('ZREM', LEASES, session .. holder)
  if (tonumber(redis.call('HGET', HOLDERS, session)) or 1) > 1 then
    redis.call('HINCRBY', HOLDERS, session, -1)
    return false
  end
  redis.call('HDEL', HOLDERS, session)

  -- Behind the session there is a digit, and ':' is what comes behind the digits.
  redis.call('ZREMRANGEBYLEX', MEMBERS, '[' .. session, '(' .. session .. ':')
  return true
end

-- Some at a time, so that no script takes long; whoever gets true asks again.
local function has_more_over()
  local over = redis.call('ZRANGE', LEASES, '-inf', now, 'BYSCORE', 'LIMIT', 0, AT_ONCE)
  if #over == 0 then
    return false
  end

  -- They end first: a store without memory refuses a script whose first write takes some, and lets others go on.
  local changes = {}
  for _, lease in ipairs(over) do
    local session = string.sub(lease, 1, 16)
    if end_lease(session, string.sub(lease, 17)) then
      changes[#changes + 1] = '-' .. session
    end
  end
  local before = begin_change()
  tell(before, changes)
  return #over == AT_ONCE
end

-- What every answer begins with: whether to ask again, the version, and the ms until the next lease ends, or -1.
local function answer(is_again)
  local next = next_end()
  return { is_again and 1 or 0, version, next and math.max(0, next - now) or -1 }
end

if has_more_over() then
  return answer(true)
end
