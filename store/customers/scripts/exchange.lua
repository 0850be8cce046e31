-- Several fields of hashes change together or not at all.
-- ARGV, six a field: number of its key, field, '+' or '-' and the value it is to have now, '+' or '-' and the value it gets ('-': none).
-- Answers the numbers of the fields that are not as they were to be. Asked again after it was done, it is done.
local failed, done = {}, true
for at = 1, #ARGV, 6 do
    local now = redis.call('HGET', KEYS[tonumber(ARGV[at])], ARGV[at + 1])
    local as_before = now == (ARGV[at + 2] == '+' and ARGV[at + 3])
    if now ~= (ARGV[at + 4] == '+' and ARGV[at + 5]) then done = false end
    if not as_before then failed[#failed + 1] = (at - 1) / 6 end
end
if done then return {} end
if #failed > 0 then return failed end
for at = 1, #ARGV, 6 do
    local key, field = KEYS[tonumber(ARGV[at])], ARGV[at + 1]
    if ARGV[at + 4] == '+' then redis.call('HSET', key, field, ARGV[at + 5]) else redis.call('HDEL', key, field) end
end
return {}
