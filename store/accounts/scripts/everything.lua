-- A step through all accounts. KEYS[1] records; ARGV: cursor, about how many.
-- Answers the next cursor ("0" at the end), the addresses with a line feed between them, and the facts of each (store/accounts/sought.py).
local found = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local names, facts = {}, {}
local flat = found[2]
local none = string.rep('\0', 14)
for i = 1, #flat, 2 do
    local record = flat[i + 1]
    names[#names + 1] = flat[i]
    facts[#facts + 1] = string.sub(record, 13, 18) .. (#record > 24 and string.sub(record, 25, 38) or none)
end
return {found[1], table.concat(names, '\n'), table.concat(facts)}
