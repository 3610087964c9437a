import { script } from "@/server/queue/lua/script";

/**
 * reap_session(stream; group, consumer, count) -> { how many were pending, { text, text, ... } }
 *
 * Removes up to `count` deliveries of a consumer and returns their texts. When none are left the consumer goes too, in
 * the same step: deleting a consumer with pending entries would leave them in the stream, delivered to nobody for ever.
 */
export const reapSessionScript = script(`
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', ARGV[3], ARGV[2])
local texts = {}
for _, delivery in ipairs(pending) do
  local entry = redis.call('XRANGE', KEYS[1], delivery[1], delivery[1])[1]
  if entry then
    texts[#texts + 1] = entry[2][2]
  end
  redis.call('XACK', KEYS[1], ARGV[1], delivery[1])
  redis.call('XDEL', KEYS[1], delivery[1])
end
if #pending < tonumber(ARGV[3]) then
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
end
return { #pending, texts }
`);
