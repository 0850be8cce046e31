-- What every script that changes accounts ends with: it notes which addresses were touched, for the indexes of the processes.
-- KEYS[1] the log, a list of entries "address\naddress..."; KEYS[2] its numbers: epoch, count (of entries ever), weight (addresses in it)
local MOST = 100000  -- addresses; a process that is further behind reads everything anew

local function note(addresses)
    if #addresses == 0 then return end
    redis.call('RPUSH', KEYS[1], table.concat(addresses, '\n'))
    redis.call('HINCRBY', KEYS[2], 'count', 1)
    local weight = redis.call('HINCRBY', KEYS[2], 'weight', #addresses)
    while weight > MOST do
        local _, ends = string.gsub(redis.call('LPOP', KEYS[1]), '\n', '\n')
        weight = redis.call('HINCRBY', KEYS[2], 'weight', -1 - ends)
    end
end

redis.call('HSETNX', KEYS[2], 'epoch', ARGV[1])
