import { script } from "@/server/queue/lua/script";

/**
 * give_back(stream; group, id, id, ...) -> how many were given back
 *
 * Puts copies of deliveries at the end of their stream and forgets the originals. Only of those still pending: an entry
 * that was reaped, withdrawn or reported meanwhile must not come back to life.
 */
export const giveBackScript = script(`
local given = 0
for i = 2, #ARGV do
  if redis.call('XACK', KEYS[1], ARGV[1], ARGV[i]) == 1 then
    local entry = redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i])[1]
    if entry then
      redis.call('XADD', KEYS[1], '*', unpack(entry[2]))
      redis.call('XDEL', KEYS[1], ARGV[i])
      given = given + 1
    end
  end
end
return given
`);
