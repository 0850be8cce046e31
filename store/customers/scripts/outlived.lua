-- Removes entries from before ARGV[1] (ms), and the names that no entry is left of. KEYS: entries, names, numbers, heads. Answers how many.
local gone = redis.call('XTRIM', KEYS[1], 'MINID', '=', ARGV[1])
local flat, left, seen = redis.call('HGETALL', KEYS[4]), {}, {}
for at = 1, #flat, 2 do
    local kind, number = string.match(flat[at], '^([wa])(%d+)$')
    if kind then
        seen[number] = true
        if tonumber(string.match(flat[at + 1], '^%d+')) >= tonumber(ARGV[1]) then
            left[number] = true
        else
            redis.call('HDEL', KEYS[4], flat[at])
        end
    end
end
for number in pairs(seen) do
    if not left[number] then
        local name = redis.call('HGET', KEYS[3], number)
        if name then redis.call('HDEL', KEYS[2], name) end
        redis.call('HDEL', KEYS[3], number)
    end
end
return gone
