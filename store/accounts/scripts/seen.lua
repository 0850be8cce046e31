-- Mail to addresses. KEYS[3] records, KEYS[4] order by last mail, KEYS[5] graves.
-- ARGV[2]: addresses with a line feed between them; ARGV[3]: for each the head of a record (store/accounts/coding.py) with its mail.
-- Answers how many addresses are new, then those that were deleted before this mail: they are not touched.
local TIMES = '>I6I6I6I6'
local HEAD = 24
-- Times go to Redis as numbers, which it writes with 17 digits: they have 15 at most.
local addresses = {}
for address in string.gmatch(ARGV[2], '[^\n]+') do addresses[#addresses + 1] = address end
local records = redis.call('HMGET', KEYS[3], unpack(addresses))
local put, order, touched, new, back = {}, {}, {}, {}, {}

for n, address in ipairs(addresses) do
    local first, last, bounced = struct.unpack(TIMES, ARGV[3], HEAD * (n - 1) + 1)
    local record = records[n]
    if not record then
        new[#new + 1] = n
    else
        local first_before, last_before, bounced_before, returned = struct.unpack(TIMES, record)
        if first < returned then first = returned end
        if first_before > 0 and first_before < first then first = first_before end
        local later = last > last_before
        local bounces = bounced > bounced_before and bounced > returned
        if not later then last = last_before end
        if bounces then touched[#touched + 1] = address else bounced = bounced_before end
        if later or bounces or first ~= first_before then
            put[#put + 1] = address
            put[#put + 1] = struct.pack(TIMES, first, last, bounced, returned) .. string.sub(record, HEAD + 1)
        end
        if later then
            order[#order + 1] = last
            order[#order + 1] = address
        end
    end
end

local added = 0
if #new > 0 then
    local names = {}
    for i, n in ipairs(new) do names[i] = addresses[n] end
    local graves = redis.call('EXISTS', KEYS[5]) == 1 and redis.call('HMGET', KEYS[5], unpack(names)) or {}
    for i, n in ipairs(new) do
        local head = string.sub(ARGV[3], HEAD * (n - 1) + 1, HEAD * n)
        local _, last = struct.unpack(TIMES, head)
        if not graves[i] then
            added = added + 1
            touched[#touched + 1] = names[i]
            put[#put + 1] = names[i]
            put[#put + 1] = head
            order[#order + 1] = last
            order[#order + 1] = names[i]
        elseif last > struct.unpack('>I6', graves[i]) then
            back[#back + 1] = names[i]
        end
    end
end

if #put > 0 then redis.call('HSET', KEYS[3], unpack(put)) end
if #order > 0 then redis.call('ZADD', KEYS[4], unpack(order)) end
note(touched)
return {added, back}
