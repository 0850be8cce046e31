-- Entries of one person, newest first: KEYS[1] the trail; ARGV[1] the first entry, ARGV[2] the field that names the one before it,
-- ARGV[3] at most so many.
local found, id = {}, ARGV[1]
while id ~= '' and #found < tonumber(ARGV[3]) do
    local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
    if not entry then break end -- older ones have gone by age
    found[#found + 1] = entry
    id = ''
    for at = 1, #entry[2], 2 do
        if entry[2][at] == ARGV[2] then id = entry[2][at + 1] end
    end
end
return found
