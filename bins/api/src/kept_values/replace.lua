-- Keeps a value in place of the one that is there, for the time that this one has left, and else for another time: in one step
-- that nothing comes between.
--
-- KEYS[1] is its name, ARGV[1] the value, ARGV[2] how long it is kept where none is there, in milliseconds. Answers for how
-- many milliseconds it is.
local rest = redis.call('PTTL', KEYS[1])
if rest <= 0 then
    rest = tonumber(ARGV[2])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', rest)
return rest
