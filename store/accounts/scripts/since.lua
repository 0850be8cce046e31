-- What has changed since an index was made or brought up to date. KEYS[1] the log, KEYS[2] its numbers; ARGV: epoch and count known.
-- Answers epoch and count now, then the entries since; none of them where the log does not go back so far.
local numbers = redis.call('HMGET', KEYS[2], 'epoch', 'count')
local epoch, count = numbers[1] or '', tonumber(numbers[2] or 0)
local known = tonumber(ARGV[2])
local answer = {epoch, count}
local behind = count - known
if epoch == ARGV[1] and behind > 0 and behind <= redis.call('LLEN', KEYS[1]) then
    for _, entry in ipairs(redis.call('LRANGE', KEYS[1], -behind, -1)) do answer[#answer + 1] = entry end
end
return answer
