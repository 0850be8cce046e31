-- Notes in audit trails, all of them or none. KEYS[1] the trails there are, then four a trail: entries, names, numbers, heads.
-- ARGV, seven a note: number of its trail, the trail's own name, who, what, about whom, detail, by which way.
-- A name stands once, under a number; an entry has the number, and where the entry before it of the same person is (`p` of who, `q` of about).
local function number(at, name)
    if name == '' then return '' end
    local known = redis.call('HGET', KEYS[at + 1], name)
    if known then return known end
    local new = tostring(redis.call('HINCRBY', KEYS[at + 3], 'next', 1))
    redis.call('HSET', KEYS[at + 1], name, new)
    redis.call('HSET', KEYS[at + 2], new, name)
    return new
end
for note = 1, #ARGV, 7 do
    local at = 2 + 4 * (tonumber(ARGV[note]) - 1)
    redis.call('SADD', KEYS[1], ARGV[note + 1])
    local who, about = number(at, ARGV[note + 2]), number(at, ARGV[note + 4])
    local before = redis.call('HMGET', KEYS[at + 3], 'w' .. who, 'a' .. about)
    local id = redis.call('XADD', KEYS[at], '*', 'w', who, 'k', ARGV[note + 3], 'a', about, 'd', ARGV[note + 5], 'v', ARGV[note + 6],
        'p', before[1] or '', 'q', about ~= '' and before[2] or '')
    redis.call('HSET', KEYS[at + 3], 'w' .. who, id)
    if about ~= '' then redis.call('HSET', KEYS[at + 3], 'a' .. about, id) end
end
return #ARGV / 7
