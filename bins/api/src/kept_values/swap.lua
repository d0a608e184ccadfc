-- Keeps a value if the one that is there is what its caller has seen, in one step that nothing comes between.
--
-- KEYS[1] is its name, ARGV[1] the value that was seen, empty for none, ARGV[2] the new one, ARGV[3] how long it is kept, in
-- milliseconds. Answers 1 if it was, and else 0.
local there = redis.call('GET', KEYS[1]) or ''
if there ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
