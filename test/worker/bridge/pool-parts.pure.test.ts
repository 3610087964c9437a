import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { childArguments } from "@/server/worker/bridge/hosts/child-arguments";
import { poolSettings } from "@/server/worker/bridge/pool/pool-options";
import { SpawnHistory } from "@/server/worker/bridge/pool/spawn-history";
import { WaitingLine } from "@/server/worker/bridge/pool/waiting-line";
import { TimeLimits } from "@/server/worker/bridge/sync/time-limits";

describe("the waiting line", () => {
  const someone = (name: string) => ({ name, waiting: true });

  it("serves first come first, but those who had their turn before", () => {
    const line = new WaitingLine<ReturnType<typeof someone>>();
    for (const name of ["a", "b", "c"]) line.push(someone(name));
    const first = line.shift();
    expect(first?.name).toBe("a");
    if (first) line.unshift(first);
    expect(line.size).toBe(3);
    expect(line.drain().map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect([line.size, line.shift()]).toEqual([0, undefined]);
    line.unshift(someone("d"));
    expect(line.shift()?.name).toBe("d");
  });

  it("passes over who left", () => {
    const line = new WaitingLine<ReturnType<typeof someone>>();
    const all = ["a", "b", "c"].map(someone);
    for (const each of all) line.push(each);
    for (const index of [0, 2]) {
      all[index]!.waiting = false;
      line.gone();
    }
    expect(line.size).toBe(1);
    expect(line.shift()?.name).toBe("b");
    expect([line.size, line.shift(), line.size]).toEqual([0, undefined, 0]);
  });
});

describe("the history of starts", () => {
  it("pauses after more than five failures in 30 s, longer each time, and forgets with a success", () => {
    let now = 1000;
    const history = new SpawnHistory(() => now);
    for (let count = 0; count < 5; count++) history.failed(new Error("no memory"));
    expect([history.pauseLeftMs(), history.reason()]).toEqual([0, null]);
    history.failed(new Error("no memory"));
    expect(history.pauseLeftMs()).toBe(1000);
    expect(history.reason()).toBe("6 starts failed within 30 s, the last with: no memory");
    now += 1000;
    expect(history.reason()).toBeNull();
    history.failed(new Error("no memory"));
    expect(history.pauseLeftMs()).toBe(2000);
    history.succeeded();
    history.failed(new Error("no memory"));
    expect(history.reason()).toBeNull();
  });

  it("forgives failures that are far apart", () => {
    let now = 0;
    const history = new SpawnHistory(() => now);
    for (let count = 0; count < 20; count++) {
      history.failed(new Error("now and then"));
      now += 10_000;
    }
    expect(history.reason()).toBeNull();
  });
});

it("children get the flags of Node that say how modules are found, and no other", () => {
  const own = [
    "--inspect",
    "--import",
    "tsx",
    "--max-old-space-size=99",
    "--conditions=dev",
    "-r",
    "./a.cjs",
    "--test",
  ];
  expect(childArguments(own)).toEqual(["--import", "tsx", "--conditions=dev", "-r", "./a.cjs"]);
  expect(childArguments(["--import=tsx", "--inspect"])).toEqual(["--import=tsx"]);
});

it("limits that make no sense are refused by name", () => {
  expect(() => poolSettings("thread", { slots: 0 })).toThrow(/^slots is 0/);
  expect(() => poolSettings("thread", { beatMs: Number.NaN })).toThrow(/^beatMs is NaN/);
  expect(poolSettings("thread", { slots: undefined }).slots).toBe(2);
});

it("a time limit of a month does not keep its dispatcher looking at the clock", async () => {
  const month = 30 * 24 * 3_600_000;
  let looks = 0;
  const call = {
    stopAt: 0,
    stopIfDue() {
      looks++;
      return looks < 20 ? this.stopAt : Number.POSITIVE_INFINITY;
    },
  };
  new TimeLimits(() => [call]).start(call, 0, month);
  await delay(60);
  expect(looks).toBe(0);
});
