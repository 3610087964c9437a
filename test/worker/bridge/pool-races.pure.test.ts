import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { StartHost } from "@/server/worker/bridge/hosts/failed-host";
import type { HostEvents } from "@/server/worker/bridge/hosts/slot-host";
import { type FromSlot, PROTOCOL_VERSION, type ToSlot } from "@/server/worker/bridge/messages";
import { Pool } from "@/server/worker/bridge/pool/pool";
import type { PoolOptions } from "@/server/worker/bridge/pool/pool-options";

interface FakeHost {
  sent: ToSlot[];
  events: HostEvents;
  isKilled: boolean;
  say(message: FromSlot): void;
  exit(): void;
}

/** A pool whose slots do what the test says, in the order that it says. */
function poolOf({ isReady = true, ...options }: PoolOptions & { isReady?: boolean }): {
  pool: Pool;
  hosts: FakeHost[];
} {
  const hosts: FakeHost[] = [];
  const start: StartHost = (_settings, events) => {
    const host: FakeHost = {
      sent: [],
      events,
      isKilled: false,
      say: (message) => events.onMessage(message),
      exit: () => events.onExit({ exitCode: 1, signal: null, outOfMemory: false, error: null, abandoned: false }),
    };
    hosts.push(host);
    if (isReady) queueMicrotask(() => events.onMessage({ kind: "ready", version: PROTOCOL_VERSION }));
    return {
      threadId: hosts.length,
      pid: null,
      post: (message) => void host.sent.push(message),
      kill: () => {
        host.isKilled = true;
      },
      residentBytes: () => null,
    };
  };
  return { pool: new Pool("thread", { slots: 1, ...options }, start), hosts };
}

const task = { name: "t", module: null, exportName: null };
const request = { task, input: "{}", timeoutMs: null };
const big = { heap: 9_000 * 1024 * 1024, external: 0 };
const small = { heap: 1, external: 0 };

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe("a slot that is being killed", () => {
  it("takes no result and no other task, whoever cancels meanwhile", async () => {
    const { pool, hosts } = poolOf({ slots: 1 });
    const stuck = pool.execute({ ...request, id: "a" });
    await turn();
    const [host] = hosts as [FakeHost];
    host.say({ kind: "started", run: 1 });
    // A message that is none ends the slot.
    host.events.onMessage({ kind: "log", run: 1 } as FromSlot);
    expect(host.isKilled).toBe(true);
    stuck.cancel("enough");
    host.say({ kind: "ok", run: 1, output: '"too late"', memory: undefined });
    const next = pool.execute({ ...request, id: "b" });
    expect(host.sent.filter((message) => message.kind === "run")).toHaveLength(1);
    host.exit();
    await expect(stuck.result).rejects.toMatchObject({ code: "TASK_CRASHED" });
    expect(await stuck.ended).toBe("killed");
    await turn();
    const second = hosts.at(-1) as FakeHost;
    second.say({ kind: "ok", run: 2, output: "1", memory: undefined });
    expect(await next.result).toBe("1");
  });
});

describe("a loop that stood still", () => {
  it("hears what has arrived meanwhile before it says that time is over", async () => {
    const { pool, hosts } = poolOf({});
    const run = pool.execute({ ...request, id: "a", timeoutMs: 20 });
    await turn();
    const [host] = hosts as [FakeHost];
    host.say({ kind: "started", run: 1 });
    // As a message port does it: after timers, before immediates.
    setImmediate(() => {
      block(60);
      setImmediate(() => host.say({ kind: "ok", run: 1, output: '"in time"', memory: undefined }));
    });
    expect(await run.result).toBe('"in time"');
    expect(host.sent.filter((message) => message.kind === "abort")).toEqual([]);
  });
});

it("a slot that is to be replaced is, though its memory has come back when it is idle", async () => {
  const { pool, hosts } = poolOf({ tasksPerSlot: 2, zombieAfterMs: 10 });
  const runs = [pool.execute({ ...request, id: "a" }), pool.execute({ ...request, id: "b" })];
  await turn();
  const [host] = hosts as [FakeHost];
  host.say({ kind: "ok", run: 1, output: "1", memory: big });
  host.say({ kind: "ok", run: 2, output: "2", memory: small });
  expect(await Promise.all(runs.map(({ result }) => result))).toEqual(["1", "2"]);
  expect(host.isKilled).toBe(true);
  host.exit();
  expect(await pool.close({ drainMs: 0 })).toEqual({ finished: 0, cancelled: 0, killed: 0 });
});

it("a slot that hangs before it is ready is a failed start, and a zombie when nothing ends it", async () => {
  const told: string[] = [];
  const { pool, hosts } = poolOf({
    isReady: false,
    startTimeoutMs: 5,
    zombieAfterMs: 5,
    maxZombies: 1,
    onEvent: ({ kind }) => told.push(kind),
  });
  const run = pool.execute({ ...request, id: "a" });
  await expect(run.result).rejects.toMatchObject({
    code: "BRIDGE_UNAVAILABLE",
    cause: expect.objectContaining({ message: "it was not ready within 5 ms" }),
  });
  // One was replaced, the next was not.
  expect(hosts.map(({ isKilled }) => isKilled)).toEqual([true, true]);
  expect(told.filter((kind) => kind === "spawn-failed")).toHaveLength(2);
  expect(pool.slots().map(({ status }) => status)).toEqual(["zombie", "zombie"]);
  for (const host of hosts) host.exit();
  expect(pool.stats()).toMatchObject({ zombies: 0, unavailable: null, recycles: {}, kills: {} });
  expect(told.filter((kind) => kind === "spawn-failed")).toHaveLength(2);
});
