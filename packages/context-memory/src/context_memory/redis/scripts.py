"""What the server does in one step: scripts in Lua.

Each has the namespace's prefix as its one key, which names the node of a cluster. They are sent whole: a server that
was restarted knows none of them, and within a transaction there is no second try.

A server that is out of memory refuses a script at its first write that takes memory, and no later one. So a script that
adds begins with a write that takes memory in name only, and is refused as a whole; one that frees begins with a
deletion, and is let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from context_memory.redis.keys import Keys

_NOW = """
local prefix = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""

_ASK_FOR_MEMORY = "redis.call('SETRANGE', prefix .. 'dropped', 0, '')\n"

_FREE_FIRST = "redis.call('DEL', prefix .. 'dropped')\n"

_TELL_OF_DROPS = """
if dropped then
  redis.call('SET', prefix .. 'dropped', 1)
  redis.call('DEL', prefix .. 'dropped')
end
"""

_LIVE_UNTIL = """
local function live_until(id, left, till)
  if till == 0 then
    if left > -1 then
      redis.call('PERSIST', prefix .. 'c:' .. id)
      redis.call('ZREM', prefix .. 'until', id)
    end
  elseif left > -1 and now + left < till then
    redis.call('PEXPIREAT', prefix .. 'c:' .. id, till)
    redis.call('ZADD', prefix .. 'until', till, id)
  end
end
"""

LOOK = (
    _NOW
    + """
local id = ARGV[1]
return {
  redis.call('GET', prefix .. 'meta:' .. id),
  redis.call('EXISTS', prefix .. 'lock:' .. id),
  string.format('%d.%06d', time[1], time[2]),
  redis.call('ZSCORE', prefix .. 'due', id),
  redis.call('ZSCORE', prefix .. 'tombs', 's' .. id),
}
"""
)
"""A session's id → its meta data, whether it is locked, the time, and when it was due and when it expired."""

SESSIONS = (
    _NOW
    + """
local over = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'due', '-inf', '(' .. now)) do over[id] = true end
local there = {}
for _, id in ipairs(redis.call('ZRANGE', prefix .. 'sessions', 0, -1)) do
  if not over[id] then there[#there + 1] = id end
end
return there
"""
)
"""→ the ids of the sessions whose time is not over, the last one written to last."""

HOLD = (
    _NOW
    + _ASK_FOR_MEMORY
    + _LIVE_UNTIL
    + """
local till = tonumber(ARGV[1])
local left_over = redis.call('EXISTS', prefix .. 'puts', prefix .. 'until', prefix .. 'tombs') > 0
local missing = {}

local function create(id, value)
  redis.call('SET', prefix .. 'c:' .. id, value)
  if left_over then
    redis.call('HDEL', prefix .. 'puts', id)
    redis.call('ZREM', prefix .. 'put_at', id)
    redis.call('ZREM', prefix .. 'until', id)
    redis.call('ZREM', prefix .. 'tombs', 'c' .. id)
  end
  if till > 0 then
    redis.call('PEXPIREAT', prefix .. 'c:' .. id, till)
    redis.call('ZADD', prefix .. 'until', till, id)
  end
end

local function count(id, puts, held)
  if held > 0 then redis.call('HINCRBY', prefix .. 'held', id, held) end
  if puts > 0 then
    redis.call('HINCRBY', prefix .. 'puts', id, puts)
    redis.call('ZADD', prefix .. 'put_at', now, id)
  elseif puts < 0 then
    local there = tonumber(redis.call('HGET', prefix .. 'puts', id) or 0)
    if there > -puts then
      redis.call('HINCRBY', prefix .. 'puts', id, puts)
    elseif there > 0 then
      redis.call('HDEL', prefix .. 'puts', id)
      redis.call('ZREM', prefix .. 'put_at', id)
    end
  end
end

for i = 2, #ARGV, 3 do
  local id, value = ARGV[i], ARGV[i + 2]
  local puts, held = struct.unpack('>i4i4', ARGV[i + 1])
  local left = redis.call('PTTL', prefix .. 'c:' .. id)
  if left == -2 and value == '' then
    missing[#missing + 1] = id
  else
    if left == -2 then create(id, value) else live_until(id, left, till) end
    count(id, puts, held)
  end
end
return missing
"""
)
"""Until when (0 for ever), then of each content its hash, counts to add, and its bytes or none → those not there."""

LIVE = (
    _NOW
    + _ASK_FOR_MEMORY
    + _LIVE_UNTIL
    + """
local till = tonumber(ARGV[1])
for i = 2, #ARGV do
  live_until(ARGV[i], redis.call('PTTL', prefix .. 'c:' .. ARGV[i]), till)
end
"""
)
"""Until when (0 for ever), then hashes: have these contents live so long, unless they live longer."""

SECURE = (
    _NOW
    + _ASK_FOR_MEMORY
    + _LIVE_UNTIL
    + """
local heads = {}
for i = 2, #ARGV do
  live_until(ARGV[i], redis.call('PTTL', prefix .. 'c:' .. ARGV[i]), now + tonumber(ARGV[1]))
  heads[#heads + 1] = redis.call('GETRANGE', prefix .. 'c:' .. ARGV[i], 0, 8)
end
return heads
"""
)
"""For how long, then hashes → the heads of these contents, which live so long at least; nothing of those not there."""

DELETE = (
    _NOW
    + _FREE_FIRST
    + """
local id, dropped = ARGV[1], false
if redis.call('EXISTS', prefix .. 'c:' .. id) == 0 then return -1 end
if tonumber(redis.call('HGET', prefix .. 'puts', id) or 0) > 1 then
  redis.call('HINCRBY', prefix .. 'puts', id, -1)
  return 0
end
redis.call('HDEL', prefix .. 'puts', id)
redis.call('ZREM', prefix .. 'put_at', id)
if redis.call('HEXISTS', prefix .. 'held', id) == 1 then return 0 end
dropped = redis.call('DEL', prefix .. 'c:' .. id) == 1
redis.call('ZREM', prefix .. 'until', id)
"""
    + _TELL_OF_DROPS
    + "return 1"
)
"""A hash: take back one put → -1 where it is not there, 0 where it stays, 1 where it is gone now."""

RETIRE = (
    _NOW
    + """
local id, token, expired_at = ARGV[1], ARGV[2], ARGV[3]
if (redis.call('GET', prefix .. 'meta:' .. id) or '') ~= ARGV[4] then return 0 end
for _, kind in ipairs({'meta:', 'nodes:', 'changes:', 'times:'}) do redis.call('UNLINK', prefix .. kind .. id) end
redis.call('ZREM', prefix .. 'sessions', id)
redis.call('ZREM', prefix .. 'due', id)
if redis.call('EXISTS', prefix .. 'holds:' .. id) == 1 then
  redis.call('RENAME', prefix .. 'holds:' .. id, prefix .. 'release:' .. token)
  redis.call('HSET', prefix .. 'releases', token, expired_at)
end
if expired_at == '0' then
  redis.call('ZREM', prefix .. 'tombs', 's' .. id)
else
  redis.call('ZADD', prefix .. 'tombs', expired_at, 's' .. id)
end
return 1
"""
)
"""A session, a token, when it expired (0 if purged), its meta data: erase it, unless that changed; its holds stay."""

RELEASE = (
    _NOW
    + _FREE_FIRST
    + """
local freed, taken, done, dropped = {}, 0, 0, false
local expired_at = redis.call('HGET', prefix .. 'releases', ARGV[1])

local function drop(id)
  local key = prefix .. 'c:' .. id
  local size = redis.call('STRLEN', key)
  if size > 0 then
    dropped = true
    freed[#freed + 1] = {id, redis.call('GETRANGE', key, 0, 8), size}
    redis.call('UNLINK', key)
  end
  local due = redis.call('ZSCORE', prefix .. 'until', id)
  redis.call('ZREM', prefix .. 'until', id)
  if expired_at and expired_at ~= '0' then
    redis.call('ZADD', prefix .. 'tombs', size == 0 and due or expired_at, 'c' .. id)
  else
    redis.call('ZREM', prefix .. 'tombs', 'c' .. id)
  end
end

local function release(id)
  taken = taken + 1
  if redis.call('HINCRBY', prefix .. 'held', id, -1) <= 0 then
    redis.call('HDEL', prefix .. 'held', id)
    if redis.call('HEXISTS', prefix .. 'puts', id) == 0 then drop(id) end
  end
end

while taken < 1000 and done == 0 do
  local hashes = redis.call('LPOP', prefix .. 'release:' .. ARGV[1])
  if hashes then
    for at = 5, #hashes, 32 do release(string.sub(hashes, at, at + 31)) end
  else
    redis.call('HDEL', prefix .. 'releases', ARGV[1])
    done = 1
  end
end
"""
    + _TELL_OF_DROPS
    + "return {done, freed}"
)
"""A token: take back some of its holds → 1 when all are done; hash, head and stored bytes of each content that went."""

ABANDON = (
    _NOW
    + _FREE_FIRST
    + """
local before, dry, freed, dropped = tonumber(ARGV[1]), ARGV[2] == '1', {}, false
for i = 3, #ARGV do
  local id = ARGV[i]
  local put_at = redis.call('ZSCORE', prefix .. 'put_at', id)
  local size = redis.call('STRLEN', prefix .. 'c:' .. id)
  if size > 0 and put_at and tonumber(put_at) <= before and redis.call('HEXISTS', prefix .. 'held', id) == 0 then
    freed[#freed + 1] = {id, size}
    if not dry then
      dropped = true
      redis.call('UNLINK', prefix .. 'c:' .. id)
      redis.call('HDEL', prefix .. 'puts', id)
      redis.call('ZREM', prefix .. 'put_at', id)
      redis.call('ZREM', prefix .. 'until', id)
    end
  end
end
"""
    + _TELL_OF_DROPS
    + "return freed"
)
"""A time, whether only to tell, then hashes: drop those put by then and not held → hash and stored bytes of each."""

BURY = (
    _NOW
    + _FREE_FIRST
    + """
for i = 1, #ARGV do
  local id = ARGV[i]
  local due = redis.call('ZSCORE', prefix .. 'until', id)
  local there = redis.call('EXISTS', prefix .. 'c:' .. id) == 1
  if due and not there and redis.call('HEXISTS', prefix .. 'held', id) == 0 then
    redis.call('HDEL', prefix .. 'puts', id)
    redis.call('ZREM', prefix .. 'put_at', id)
    redis.call('ZREM', prefix .. 'until', id)
    redis.call('ZADD', prefix .. 'tombs', due, 'c' .. id)
  end
end
"""
)
"""Hashes: forget the counts of those whose time is over, and remember when that was."""

UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
"""Of a lock's key, and a token: let it go, if it is still the one that was taken."""


def run(client: Any, script: str, keys: Keys, *arguments: bytes | int | str) -> Any:
    """Run a script on a namespace; on a pipeline in a transaction, have it run with that."""
    return client.eval(script, 1, keys.prefix, *arguments)
