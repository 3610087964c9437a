import { script } from "@/server/queue/lua/script";

/**
 * rate_limit(key; period in µs, limit, cost) -> { granted, spent in µs }
 *
 * The generic cell rate algorithm by Redis' own clock: grants as much of the cost as there is room for, and says how long
 * it takes until all that was spent has come back. A cost of 0 only looks. The key is gone when it says nothing any more.
 */
export const rateLimitScript = script(`
local period, limit, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local from = tonumber(redis.call('GET', KEYS[1]) or now)
if from < now then from = now end
local room = math.floor((period - (from - now)) * limit / period + 0.001)
local granted = math.max(0, math.min(cost, room))
if granted > 0 then
  from = from + granted * period / limit
  redis.call('SET', KEYS[1], string.format('%.0f', from), 'PX', math.ceil((from - now) / 1000) + 1)
end
return { granted, math.ceil(from - now) }
`);
