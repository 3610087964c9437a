import type { Redis } from "ioredis";
import { isGroupMissing } from "@/server/queue/connection";
import type { TaskMessage } from "@/server/queue/contract";
import { type Keys, TASK_GROUP } from "@/server/queue/keys";
import { reapSessionScript } from "@/server/queue/lua/reap-session";
import { runScript } from "@/server/queue/lua/script";
import { decodeTask } from "@/server/queue/task-entry";
import type { TroubleListener } from "@/server/queue/trouble";

const PAGE = 500;

/**
 * Removes everything that is pending at a session, in all task streams ever registered and those of `types`, and
 * returns it. Rejects when Redis is away; what was removed by then is found missing by the reconciler.
 */
export async function reapDeliveries(
  redis: Redis,
  keys: Keys,
  types: string[],
  sessionId: string,
  tell: TroubleListener,
): Promise<TaskMessage[]> {
  const registered = await redis.smembers(keys.types);
  const reaped: TaskMessage[] = [];
  const all = [...new Set([...registered, ...types])];
  // All at once: there may be as many types as a house has kinds of work, and the housekeeping waits.
  const found = await Promise.all(all.map((type) => reapType(redis, keys.taskStream(type), sessionId)));
  for (const [index, type] of all.entries()) {
    for (const text of found[index] ?? []) {
      try {
        reaped.push(decodeTask(type, text));
      } catch (error) {
        tell("Unreadable task entry removed", error);
      }
    }
  }
  return reaped;
}

async function reapType(redis: Redis, stream: string, sessionId: string): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    let reply: unknown;
    try {
      reply = await runScript(redis, reapSessionScript, [stream], [TASK_GROUP, sessionId, PAGE]);
    } catch (error) {
      if (isGroupMissing(error)) return texts;
      throw error;
    }
    const [pending, page] = Array.isArray(reply) ? (reply as unknown[]) : [];
    if (Array.isArray(page)) texts.push(...page.map(String));
    if (Number(pending) < PAGE) return texts;
  }
}
