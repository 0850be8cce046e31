-- Who has a session: KEYS[1] the session, KEYS[2] users, KEYS[3] customers; ARGV[1] how long it may rest, ARGV[2] how old its deadline
-- may be before it is put off, both in ms. Answers session, user, customer; '' for what is not there.
local session = redis.call('GET', KEYS[1])
if not session then return {'', '', ''} end
local told = cjson.decode(session)
local user = redis.call('HGET', KEYS[2], told['user'])
if not user then return {session, '', ''} end
if redis.call('PTTL', KEYS[1]) < ARGV[1] - ARGV[2] then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
local customer = told['customer'] or cjson.decode(user)['customer']
if not customer or customer == cjson.null then return {session, user, ''} end
return {session, user, redis.call('HGET', KEYS[3], customer) or ''}
