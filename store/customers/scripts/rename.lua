-- Puts ARGV[2] in the place of the name ARGV[1], in all entries at once. KEYS: names, numbers. Answers whether the name was there.
local number = redis.call('HGET', KEYS[1], ARGV[1])
if not number then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[2], number)
redis.call('HSET', KEYS[2], number, ARGV[2])
return 1
