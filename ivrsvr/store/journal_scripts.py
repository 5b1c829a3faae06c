"""What Redis does in one step for a shared journal: scripts in Lua, each run as a whole or not at all.

Under the prefix in KEYS[1] there are:

    meta           hash: epoch, last (number given), floor (of events after it none is forgotten), run, control
    events         stream: an event has the id NUMBER-0, and so has the notice that a device's events begin anew;
                   other notices to the servers, between events, NUMBER-1 and so on
    members, gone  sorted sets of servers, by the time when their lease ends or has ended
    server:ID      who uses a server's id
    dev:DEVICE     hash: epoch, leader, began, portrait, left, ended
    ids:DEVICE     sorted set of the numbers of a device's events
    call:UCID      likewise of a call; link:UCID = set of the other UCIDs that the call has gone by

Each script but JOIN begins with who asks, in which epoch, the highest number known there and the run of Redis that was
joined. Where one of them no longer fits it answers with the reason alone, and nothing was done.
"""

_NAMES = """
local P = KEYS[1]
local META, EVENTS, MEMBERS, GONE = P..'meta', P..'events', P..'members', P..'gone'
local DEV, IDS, CALL, LINK = P..'dev:', P..'ids:', P..'call:', P..'link:'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local me = ARGV[1]
local function number(name) return tonumber(redis.call('HGET', META, name) or '0') end
local function text(n) return string.format('%.0f', n) end
local function notice(kind, name)
  local id = text(number('last'))..'-'..redis.call('HINCRBY', META, 'control', 1)
  redis.call('XADD', EVENTS, id, 'k', kind, 'd', name, 'at', redis.call('HGET', META, 'at') or '0')
end
local function lapse(server)
  local ended = redis.call('ZSCORE', MEMBERS, server)
  if not ended then return end
  redis.call('ZREM', MEMBERS, server)
  redis.call('ZADD', GONE, math.min(tonumber(ended), now), server)
  notice('lapsed', server)
end
local function alive(server)
  local ends = server and redis.call('ZSCORE', MEMBERS, server)
  return ends and tonumber(ends) > now
end
local function trim(count)
  local old = redis.call('XRANGE', EVENTS, '-', '+', 'COUNT', count)
  local floor = number('floor')
  for _, entry in ipairs(old) do
    local n, f = string.match(entry[1], '^(%d+)%-0$'), entry[2]
    if n then
      if f[1] == 'd' then redis.call('ZREM', IDS..f[2], n) end
      if f[1] == 'd' and f[10] ~= '' then redis.call('ZREM', CALL..f[10], n) end
      floor = math.max(floor, tonumber(n))
    end
  end
  redis.call('XTRIM', EVENTS, 'MAXLEN', redis.call('XLEN', EVENTS) - #old)
  redis.call('HSET', META, 'floor', text(floor))
end
"""

_GUARD = (
    _NAMES
    + """
local epoch, known = ARGV[2], tonumber(ARGV[3])
if run ~= ARGV[4] then return {'Redis was restarted'} end
if redis.call('HGET', META, 'epoch') ~= epoch then return {'Redis has forgotten the journal'} end
if not alive(me) then return {'this server was silent for too long'} end
if number('last') < known then return {'Redis has lost the latest events'} end
"""
)

JOIN = (
    _NAMES
    + """
local former, fresh, durable, lease = ARGV[2], ARGV[3], ARGV[4] == '1', tonumber(ARGV[5])
local epoch = redis.call('HGET', META, 'epoch')
local known = redis.call('HGET', META, 'run')
if not epoch or (known ~= run and not durable) then
  epoch = fresh
  local last = text(number('last'))
  redis.call('HSET', META, 'epoch', epoch, 'last', last, 'floor', last)
end
redis.call('HSET', META, 'run', run)
for name in string.gmatch(former, '%S+') do lapse(name) end
redis.call('ZADD', MEMBERS, now + lease, me)
return {'ok', epoch, text(number('last')), text(number('floor')), run, text(number('control'))}
"""
)
"""me, the names that it has had, the epoch of a new journal, whether Redis loses nothing at a restart, lease (ms)."""

BEAT = (
    _GUARD
    + """
local lease, server, size = tonumber(ARGV[5]), P..'server:'..ARGV[6], tonumber(ARGV[7])
redis.call('ZADD', MEMBERS, now + lease, me)
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', MEMBERS, '-inf', now, 'LIMIT', 0, 50)) do lapse(dead) end
redis.call('ZREMRANGEBYSCORE', GONE, '-inf', now - 86400000)
local other, second = redis.call('GET', server), server..':second'
if other ~= me and alive(other) then
  redis.call('SET', second, me, 'PX', lease)
else
  redis.call('SET', server, me, 'PX', 86400000)
  other = redis.call('GET', second)
  if other == me or not alive(other) then other = '' end
end
local octets = redis.call('MEMORY', 'USAGE', EVENTS, 'SAMPLES', 50) or 0
if size > 0 and octets > size then trim(1000) end
return {'ok', other, text(number('floor')), octets}
"""
)
"""Lease (ms), the server's id, octets that the stream may have (0 = any)."""

APPEND = (
    _GUARD
    + """
local most, age = tonumber(ARGV[5]), tonumber(ARGV[6])
local mine = {}
for i = 7, #ARGV, 8 do
  local d = ARGV[i]
  if mine[d] == nil then
    mine[d] = string.sub(d, 1, 1) == '*' or redis.call('HGET', DEV..d, 'leader') == me
  end
  if not mine[d] then return {'another server writes the events of '..d} end
end
local last = number('last')
local newest = 0
for i = 7, #ARGV, 8 do
  local d, kind, head, tail = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local at, ucid, ucids, portrait = ARGV[i + 4], ARGV[i + 5], ARGV[i + 6], ARGV[i + 7]
  last = last + 1
  local n = text(last)
  redis.call('XADD', EVENTS, n..'-0', 'd', d, 't', kind, 'x', head..n..tail, 'at', at, 'u', ucid, 'us', ucids,
    'p', portrait, 'by', me)
  redis.call('ZADD', IDS..d, n, n)
  if ucid ~= '' then redis.call('ZADD', CALL..ucid, n, n) end
  for other in string.gmatch(ucids, '%S+') do
    if other ~= ucid then
      redis.call('SADD', LINK..ucid, other)
      redis.call('SADD', LINK..other, ucid)
      redis.call('EXPIRE', LINK..ucid, math.ceil(age) + 86400)
      redis.call('EXPIRE', LINK..other, math.ceil(age) + 86400)
    end
  end
  if string.sub(d, 1, 1) ~= '*' then redis.call('HSET', DEV..d, 'portrait', portrait) end
  newest = at
end
redis.call('HSET', META, 'last', text(last), 'at', newest)
local over = redis.call('XLEN', EVENTS) - most
if over > 0 then trim(math.min(over, 1000)) end
local function old(entry) return tonumber(entry[2][entry[2][1] == 'k' and 6 or 8]) < tonumber(newest) - age end
local first = redis.call('XRANGE', EVENTS, '-', '+', 'COUNT', 1)[1]
if first and old(first) then
  local aged, seen = 0, 0
  for _, entry in ipairs(redis.call('XRANGE', EVENTS, '-', '+', 'COUNT', 200)) do
    if not old(entry) then break end
    seen = seen + 1
    if entry[2][1] == 'd' then aged = seen end
  end
  if aged > 0 then trim(aged) end
end
return {'ok', text(last)}
"""
)
"""Bounds: count and age (s); of each event device, type, text before and behind its number, time, UCID, UCIDs with
spaces between, portrait of the device after it. A device that begins with * is a server."""

CLAIM = (
    _GUARD
    + """
local d, hole, standby, keep = ARGV[5], ARGV[6] == '1', ARGV[7] == '1', tonumber(ARGV[8])
local at = DEV..d
local last = text(number('last'))
local leader = redis.call('HGET', at, 'leader')
local there = redis.call('HGET', at, 'epoch') == epoch
local portrait = redis.call('HGET', at, 'portrait')
local began = redis.call('HGET', at, 'began')
if there and leader and leader ~= me and alive(leader) then return {'ok', 'follow', last, began, portrait} end
local left = tonumber(redis.call('HGET', at, 'left') or '0')
if leader and leader ~= '' then
  local ended = redis.call('ZSCORE', GONE, leader) or redis.call('ZSCORE', MEMBERS, leader) or '0'
  left = math.max(left, tonumber(ended))
end
local ended = redis.call('HGET', at, 'ended')
local kept = leader == me or standby or (not ended and now - left <= keep)
if there and kept and not hole then
  redis.call('HSET', at, 'leader', me)
  redis.call('HDEL', at, 'left', 'ended')
  return {'ok', 'lead', last, began, portrait}
end
last = text(tonumber(last) + 1)
redis.call('XADD', EVENTS, last..'-0', 'k', 'begun', 'd', d, 'at', redis.call('HGET', META, 'at') or '0')
redis.call('HSET', META, 'last', last)
redis.call('HSET', at, 'epoch', epoch, 'leader', me, 'began', last, 'portrait', ARGV[9])
redis.call('HDEL', at, 'left', 'ended')
return {'ok', 'begin', last, last, ARGV[9]}
"""
)
"""Device, whether events of it were told elsewhere meanwhile, whether the claimant has followed it all the time, how
long (ms) a device that nobody writes for may be taken up again, the device's portrait now. Where older events may be
missing a number is used up: no position that was given before reaches so far."""

RELEASE = (
    _GUARD
    + """
for i = 5, #ARGV, 2 do
  local at = DEV..ARGV[i]
  if redis.call('HGET', at, 'leader') == me then
    redis.call('HSET', at, 'leader', '', 'left', text(now))
    if ARGV[i + 1] == '1' then
      redis.call('HSET', at, 'ended', '1')
      redis.call('PEXPIRE', at, 86400000)
    end
    notice('free', ARGV[i])
  end
end
return {'ok'}
"""
)
"""Devices, each with whether it is monitored no more."""

PORTRAY = (
    _GUARD
    + """
if redis.call('HGET', DEV..ARGV[5], 'leader') == me then redis.call('HSET', DEV..ARGV[5], 'portrait', ARGV[6]) end
return {'ok'}
"""
)
"""A device and what it has now, though no event has told of it."""

LEAVE = _GUARD + "lapse(me)\nreturn {'ok'}\n"

SYNC = (
    _GUARD
    + """
local answer = {'ok', text(number('last')), text(number('floor'))}
for i = 5, #ARGV do
  local at = DEV..ARGV[i]
  local there = redis.call('HGET', at, 'epoch') == epoch
  answer[#answer + 1] = there and redis.call('HGET', at, 'began') or '-1'
end
return answer
"""
)
"""Devices; for each the number after which none of its events is missing, -1 = it is not monitored."""

_SHOWN = """
local function shown(entry)
  local f = entry[2]
  return {string.match(entry[1], '^(%d+)'), f[2], f[4], f[6], f[8], f[10]}
end
"""

READ = (
    _GUARD
    + _SHOWN
    + """
local after, upto, most = ARGV[5], ARGV[6], tonumber(ARGV[7])
local found = {}
if #ARGV == 7 then
  local from = text(tonumber(after) + 1)..'-0'
  local entries = redis.call('XRANGE', EVENTS, from, upto..'-0', 'COUNT', most)
  local at = after
  for _, entry in ipairs(entries) do
    if entry[2][1] == 'd' then found[#found + 1] = shown(entry) end
    at = string.match(entry[1], '^(%d+)')
  end
  return {'ok', text(number('floor')), #entries == most and at or '', found}
end
local numbers = {}
for i = 8, #ARGV do
  for _, n in ipairs(redis.call('ZRANGEBYSCORE', IDS..ARGV[i], '('..after, upto, 'LIMIT', 0, most)) do
    numbers[#numbers + 1] = tonumber(n)
  end
end
table.sort(numbers)
for i = 1, math.min(most, #numbers) do
  local id = text(numbers[i])..'-0'
  local entry = redis.call('XRANGE', EVENTS, id, id)[1]
  if entry then found[#found + 1] = shown(entry) end
end
return {'ok', text(number('floor')), #numbers >= most and text(numbers[most]) or '', found}
"""
)
"""After which number, up to which, how many at most, devices (none = all); the number to go on after, "" = all came."""

OF_CALL = (
    _GUARD
    + _SHOWN
    + """
local names, ahead, count = {[ARGV[5]] = true}, {ARGV[5]}, 1
while #ahead > 0 and count < tonumber(ARGV[7]) do
  for _, other in ipairs(redis.call('SMEMBERS', LINK..table.remove(ahead))) do
    if not names[other] then
      names[other], count = true, count + 1
      ahead[#ahead + 1] = other
    end
  end
end
local numbers = {}
for name in pairs(names) do
  for _, n in ipairs(redis.call('ZRANGE', CALL..name, 0, ARGV[6])) do numbers[#numbers + 1] = tonumber(n) end
end
table.sort(numbers)
local found = {}
for i = 1, math.min(tonumber(ARGV[6]), #numbers) do
  local id = text(numbers[i])..'-0'
  local entry = redis.call('XRANGE', EVENTS, id, id)[1]
  if entry then found[#found + 1] = shown(entry) end
end
return {'ok', found}
"""
)
"""A UCID, how many events at most, how many UCIDs at most."""
