-- Mail to addresses. KEYS[3] records, KEYS[4] order by last mail, KEYS[5] graves.
-- ARGV[2...] in threes: address, head of a record (store/accounts/coding.py) with the times of its mail, last mail as a number.
-- Answers how many addresses are new, then those that were deleted before this mail: they are not touched.
local TIMES = '>I6I6I6I6'
local addresses = {}
for i = 2, #ARGV, 3 do addresses[#addresses + 1] = ARGV[i] end
local records = redis.call('HMGET', KEYS[3], unpack(addresses))
local put, order, touched, new, back = {}, {}, {}, {}, {}

for n, address in ipairs(addresses) do
    local at = 3 * n
    local first, last, bounced = struct.unpack(TIMES, ARGV[at])
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
            put[#put + 1] = struct.pack(TIMES, first, last, bounced, returned) .. string.sub(record, 25)
        end
        if later then
            order[#order + 1] = ARGV[at + 1]
            order[#order + 1] = address
        end
    end
end

local added = 0
if #new > 0 then
    local names = {}
    for i, n in ipairs(new) do names[i] = addresses[n] end
    local graves = redis.call('HMGET', KEYS[5], unpack(names))
    for i, n in ipairs(new) do
        local _, last = struct.unpack(TIMES, ARGV[3 * n])
        if not graves[i] then
            added = added + 1
            touched[#touched + 1] = names[i]
            put[#put + 1] = names[i]
            put[#put + 1] = ARGV[3 * n]
            order[#order + 1] = ARGV[3 * n + 1]
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
