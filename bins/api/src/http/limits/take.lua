-- Counts a request of one caller in its sliding window, in one step that nothing comes between; or looks how the caller stands.
--
-- KEYS[1] is a list of the times at which requests were admitted, oldest first, in microseconds of this server's clock.
-- ARGV[1] is the quota, ARGV[2] the length of the window in microseconds, ARGV[3] 1 to count and 0 to look.
-- Answers whether the request may pass (1 or 0), how many passed within the window, and in how many microseconds another one may.
local key, quota, window = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])

local last = tonumber(redis.call('LINDEX', key, -1) or 0)
if last - now > window then
    -- The clock was put back by more than a window: those times mean nothing any more.
    redis.call('DEL', key)
elseif last > now then
    now = last
end

local first = redis.call('LINDEX', key, 0)
while first and tonumber(first) <= now - window do
    redis.call('LPOP', key)
    first = redis.call('LINDEX', key, 0)
end

local used = redis.call('LLEN', key)
local admitted = used < quota
if admitted and ARGV[3] == '1' then
    -- Lua would write so large a number with an exponent.
    redis.call('RPUSH', key, string.format('%.0f', now))
    redis.call('PEXPIRE', key, math.ceil(window / 1000))
    used = used + 1
end
local oldest = redis.call('LINDEX', key, math.max(used - quota, 0))
return { admitted and 1 or 0, used, oldest and tonumber(oldest) + window - now or 0 }
