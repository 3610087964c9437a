import { script } from "@/server/queue/lua/script";

/**
 * attempt_ids(stream; first, count) -> { entry id, ids, entry id, ids, ... }
 *
 * One page of a stream from `first` on (`(id` excludes it), with no more of each entry than the ids at its head: a page
 * of large results costs no more to send than a page of small ones. Reads only.
 */
export const attemptIdsScript = script(`
local page = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
local out = {}
for _, entry in ipairs(page) do
  out[#out + 1] = entry[1]
  out[#out + 1] = string.match(entry[2][2] or '', '^(%S+)') or ''
end
return out
`);
