-- Changes by people, all or nothing. KEYS[3] records, KEYS[4] order by last mail, KEYS[5] graves, KEYS[6] histories, KEYS[7] when deleted.
-- ARGV[2]: steps, each a word with what it takes; every word has its length before it, in 4 bytes. First all that begin with "is" are held against what is there;
-- where one is not so, nothing is changed and the answer is the addresses it is not so for.
local MOST_HISTORY = 262144  -- bytes of one; beyond them the oldest lines go
local ABSENT = '-'           -- otherwise "+" and the bytes
local HEAD = 24
local NO_TIMES = string.rep('\0', HEAD)
local touched = {}

local function is(found, expected)
    if expected == ABSENT then return not found end
    return found and '+' .. found == expected
end

local CHECKS = {
    -- people's part of a record
    is_part = {2, function(address, expected)
        local record = redis.call('HGET', KEYS[3], address)
        return is(record and string.sub(record, HEAD + 1), expected)
    end},
    is_grave = {2, function(address, expected) return is(redis.call('HGET', KEYS[5], address), expected) end},
}

local STEPS = {
    -- people's part of a record that is there, or a record of that part alone
    part = {2, function(address, part)
        local record = redis.call('HGET', KEYS[3], address)
        redis.call('HSET', KEYS[3], address, (record and string.sub(record, 1, HEAD) or NO_TIMES) .. part)
        if not record then redis.call('ZADD', KEYS[4], 0, address) end
        touched[#touched + 1] = address
    end},
    -- a whole record, with its last mail
    record = {3, function(address, record, last)
        redis.call('HSET', KEYS[3], address, record)
        redis.call('ZADD', KEYS[4], last, address)
        touched[#touched + 1] = address
    end},
    remove = {1, function(address)
        redis.call('HDEL', KEYS[3], address)
        redis.call('ZREM', KEYS[4], address)
        touched[#touched + 1] = address
    end},
    -- a deleted account; 0 where it is not to be looked at again when its days are over
    bury = {3, function(address, at, before)
        local record = redis.call('HGET', KEYS[3], address)
        redis.call('HSET', KEYS[5], address, before .. record)
        redis.call('ZADD', KEYS[7], at, address)
    end},
    grave = {2, function(address, grave)
        redis.call('HSET', KEYS[5], address, grave)
        redis.call('ZREM', KEYS[7], address)
    end},
    unbury = {1, function(address)
        redis.call('HDEL', KEYS[5], address)
        redis.call('ZREM', KEYS[7], address)
    end},
    line = {2, function(address, line)
        local history = (redis.call('HGET', KEYS[6], address) or '') .. line
        while #history > MOST_HISTORY do history = string.sub(history, struct.unpack('>H', history) + 3) end
        redis.call('HSET', KEYS[6], address, history)
    end},
    forget = {1, function(address) redis.call('HDEL', KEYS[6], address) end},
}

-- Strings of more than 31 bytes that differ in few of them are found slowly among many others (Lua hashes some of their bytes only), and records
-- are such strings. Collecting those of the steps before keeps the time of an import in step with its rows: 100,000 took minutes without.
local COLLECTED = 2000  -- steps
local NOTED = 1000      -- addresses

local function each(tables, call)
    local at, done = 1, 0
    local function word()
        local found
        found, at = struct.unpack('>I4c0', ARGV[2], at)
        return found
    end
    while at <= #ARGV[2] do
        done = done + 1
        if done % COLLECTED == 0 then collectgarbage() end
        local name = word()
        local takes, words = (CHECKS[name] or STEPS[name])[1], {}
        for i = 1, takes do words[i] = word() end
        if tables[name] then call(tables[name][2], unpack(words)) end
    end
end

local otherwise = {}
each(CHECKS, function(check, address, expected)
    if not check(address, expected) then otherwise[#otherwise + 1] = address end
end)
if #otherwise > 0 then return otherwise end
each(STEPS, function(step, ...)
    step(...)
    if #touched >= NOTED then
        note(touched)
        touched = {}
    end
end)
note(touched)
return otherwise
