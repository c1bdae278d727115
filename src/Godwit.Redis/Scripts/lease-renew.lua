-- Makes, prolongs and changes a holder's leases.
-- ARGV: 3 the holder, 4 the longest of the lives below in ms, 5 for how many ms more the keys are kept; then for each
--       renewal the session, the user ('-', or '+' and its name), the state, keep, replace or update, the life in ms, the most
--       members.
-- Answers, further: for each renewal 0 where the session is a member, 1 where there are too many, 2 where it is none.
local holder = ARGV[3]
local changes, result = {}, {}
local first = next_end()

local function member(session, since, user, state)
  return session .. since .. ' ' .. #user .. ' ' .. user .. state
end

local function note(member)
  changes[#changes + 1] = '+' .. #member .. ':' .. member
end

local function make(session, user, state, ends)
  local made = member(session, string.format('%.0f', now), user, state)
  redis.call('ZADD', MEMBERS, 0, made)
  redis.call('ZADD', LEASES, ends, session .. holder)
  redis.call('HSET', HOLDERS, session, 1)
  note(made)
end

local function prolong(session, ends)
  local held = redis.call('ZSCORE', LEASES, session .. holder)
  if not held then
    redis.call('ZADD', LEASES, ends, session .. holder)
    redis.call('HINCRBY', HOLDERS, session, 1)
  elseif ends > tonumber(held) then
    redis.call('ZADD', LEASES, ends, session .. holder)
  end
end

local function change(session, user, state)
  local since = string.format('%.0f', now)
  local known = redis.call('ZRANGE', MEMBERS, '[' .. session, '(' .. session .. ':', 'BYLEX', 'LIMIT', 0, 1)[1]
  if known then
    local _, last, first, length = string.find(known, '^(%d+) (%d+) ', 17)
    since, user = first, string.sub(known, last + 1, last + length)
    if string.sub(known, last + length + 1) == state then
      return
    end
  end
  local changed = member(session, since, user, state)
  redis.call('ZADD', MEMBERS, 0, changed)
  if known then
    redis.call('ZREM', MEMBERS, known)
  end
  note(changed)
end

for i = 6, #ARGV, 6 do
  local session, user, state, kind, ends, most = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], now + ARGV[i + 4], tonumber(ARGV[i + 5])
  if is_member(session) then
    if kind ~= 'update' then
      prolong(session, ends)
    end
    if kind ~= 'keep' then
      change(session, user, state)
    end
    result[#result + 1] = 0
  elseif kind == 'update' then
    result[#result + 1] = 2
  elseif redis.call('ZCARD', MEMBERS) >= most then
    result[#result + 1] = 1
  else
    make(session, user, state, ends)
    result[#result + 1] = 0
  end
end

-- Whoever watches looks when the next lease ends: it is told where that is sooner now.
local ends = next_end()
if #changes > 0 then
  tell(begin_change(), changes)
elseif ends and ends < (first or ends) then
  tell(version, changes)
end

local keep = tonumber(ARGV[4]) + tonumber(ARGV[5])
if redis.call('PTTL', LEASES) < keep then
  for _, name in ipairs(KEYS) do
    redis.call('PEXPIRE', name, keep + tonumber(ARGV[5]))
  end
end

local told = answer(false)
for _, outcome in ipairs(result) do
  told[#told + 1] = outcome
end

return told
