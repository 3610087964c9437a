import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Signal } from "@/server/engine/signal";
import type { TaskMessage } from "@/server/queue/contract";
import { WINDOW, WindowCredit } from "@/server/queue/credit";
import { ABANDONED_AFTER_MS, OpenReceipts } from "@/server/queue/open-receipts";
import { partitionOf } from "@/server/queue/partition";
import { decodeSignals, encodeSignals, LARGE_SIGNAL_CHARS, pokeEntry } from "@/server/queue/signal-entry";
import { compareEntryTimes, entryTime } from "@/server/queue/signal-inbox";
import { parseSignalRow, signalRows } from "@/server/queue/signal-row";
import { decodeTask, encodeTask, taskIdOfAttempt } from "@/server/queue/task-entry";

const number = fc.integer({ min: 0, max: 2_000_000_000 });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));

const messages: fc.Arbitrary<TaskMessage> = fc.record({
  jobId: fc.uuid(),
  no: number,
  fence: fc.integer({ min: 1, max: 999_999_999 }),
  attempt: fc.integer({ min: 0, max: 1_000 }),
  type: fc.string({ unit: "binary" }),
  priority: finite,
  params: fc.option(fc.json()),
  timeoutMs: fc.option(number),
  blueprint: fc.string({ unit: "grapheme" }),
  sentAt: number,
});

const signals: fc.Arbitrary<Signal> = fc.oneof(
  fc.record({
    kind: fc.constant("task_result" as const),
    jobId: fc.uuid(),
    no: number,
    fence: number,
    worker: fc.string({ unit: "grapheme" }),
    outcome: fc.string(),
    data: fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value))),
  }),
  fc.record({ kind: fc.constant("timer_fired" as const), jobId: fc.uuid(), key: fc.string() }),
);

describe("task entries", () => {
  it("come back as they were sent", () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeTask(message.type, encodeTask(message))).toEqual(message);
      }),
    );
  });

  it("begin with the attempt's id, which names the task", () => {
    fc.assert(
      fc.property(messages, (message) => {
        const id = /^(\S+)/.exec(encodeTask(message))?.[1] ?? "";
        expect(id).toBe(`${message.jobId}.${message.no}.${message.fence}`);
        expect(taskIdOfAttempt(id)).toBe(`${message.jobId}.${message.no}`);
      }),
    );
  });

  it("refuse what is not one, quoting its head", () => {
    const job = "018f0000-0000-7000-8000-000000000000";
    for (const text of ["", "x", `${job}.1 [1]`, `${job}.1.1 {}`, `${job}.1.1 ["x"]`, `${job}.1.1`, "a.1.1 [1]"]) {
      expect(() => decodeTask("t", text)).toThrow();
    }
    expect(() => decodeTask("t", "hello")).toThrow("hello");
  });
});

describe("signal entries", () => {
  it("hold every signal once, in order within its partition", () => {
    fc.assert(
      fc.property(fc.array(signals, { maxLength: 200 }), (list) => {
        const entries = encodeSignals(list);
        const seen: number[] = [];
        const lastOf = new Map<number, number>();
        for (const { partition, text, indexes } of entries) {
          const decoded = decodeSignals(text);
          expect(decoded).toEqual(indexes.map((index) => list[index]));
          expect(indexes.length).toBeLessThanOrEqual(50);
          for (const index of indexes) {
            expect(partitionOf(list[index]?.jobId ?? "")).toBe(partition);
            expect(index).toBeGreaterThan(lastOf.get(partition) ?? -1);
            lastOf.set(partition, index);
            seen.push(index);
          }
        }
        expect(seen.sort((a, b) => a - b)).toEqual(list.map((_, index) => index));
      }),
    );
  });

  it("keep a large signal apart, and its neighbours in order", () => {
    const jobId = "018f0000-0000-7000-8000-000000000000";
    const timer = (key: string): Signal => ({ kind: "timer_fired", jobId, key });
    const entries = encodeSignals([timer("a"), timer("b".repeat(LARGE_SIGNAL_CHARS)), timer("c")]);
    expect(entries.map(({ large, indexes }) => ({ large, indexes }))).toEqual([
      { large: false, indexes: [0] },
      { large: true, indexes: [1] },
      { large: false, indexes: [2] },
    ]);
  });

  it("stay small enough together", () => {
    const jobId = "018f0000-0000-7000-8000-000000000000";
    const list = Array.from({ length: 40 }, (): Signal => ({ kind: "timer_fired", jobId, key: "k".repeat(20_000) }));
    for (const { text } of encodeSignals(list)) expect(text.length).toBeLessThan(300_000);
  });

  it("tell the wake-up and what is not one", () => {
    expect(decodeSignals(pokeEntry())).toBe("rows");
    for (const text of ["", "[]", "- {}", "- [1]", "- [{}]", '- [{"kind":1,"jobId":"x"}]', "- ["]) {
      expect(() => decodeSignals(text)).toThrow();
    }
  });

  it("come back from rows too", () => {
    fc.assert(
      fc.property(fc.array(signals, { maxLength: 20 }), (list) => {
        expect(signalRows(list).map(({ body }) => parseSignalRow(body))).toEqual(list);
      }),
    );
    expect(() => parseSignalRow('{"kind":7}')).toThrow();
  });
});

describe("partitions", () => {
  it("never change: engines of two versions must agree", () => {
    const ids = ["018f0000-0000-7000-8000-000000000000", "018f0000-0000-7000-8000-000000000001", ""];
    expect(ids.map(partitionOf)).toMatchInlineSnapshot(`
      [
        0,
        3,
        9,
      ]
    `);
  });

  it("share jobs evenly", () => {
    const counts = new Array<number>(16).fill(0);
    const start = 0x018f00000000;
    for (let i = 0; i < 16_000; i += 1) {
      const time = (start + i).toString(16).padStart(12, "0");
      const id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${i.toString(16).padStart(12, "0")}`;
      counts[partitionOf(id)] = (counts[partitionOf(id)] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  });
});

describe("the credit", () => {
  it("is the window less what is there and what is on the way", () => {
    const credit = new WindowCredit();
    expect(credit.of("a")).toBe(WINDOW);
    credit.sending("a", 100);
    credit.learn("a", 1_000);
    expect(credit.of("a")).toBe(WINDOW - 1_100);
    credit.sent("a", 100, 1_050);
    expect(credit.of("a")).toBe(WINDOW - 1_050);
    expect(credit.doubtful()).toEqual([]);
  });

  it("is nothing while nothing is known, and never leaks", () => {
    const credit = new WindowCredit();
    credit.sending("a", 100);
    credit.sent("a", 100, null);
    expect(credit.of("a")).toBe(0);
    expect(credit.doubtful()).toEqual(["a"]);
    credit.learn("a", 0);
    expect(credit.of("a")).toBe(WINDOW);
    credit.distrust();
    expect(credit.of("a")).toBe(0);
    credit.learn("a", WINDOW + 7);
    expect(credit.of("a")).toBe(0);
  });
});

describe("open receipts", () => {
  it("are done with the last of their signals", () => {
    const open = new OpenReceipts();
    expect(open.begin("a", 2)).toBe(true);
    expect(open.begin("a", 2)).toBe(false);
    expect(open.settle("a")).toBe(false);
    expect(open.settle("a")).toBe(true);
    expect(open.settle("a")).toBe(false);
    expect(open.has("a")).toBe(false);
  });

  it("are forgotten when nobody settles them", () => {
    const open = new OpenReceipts();
    open.begin("a", 1);
    expect(open.forgetAbandoned()).toEqual(new Set());
    expect(open.forgetAbandoned(Date.now() + ABANDONED_AFTER_MS + 1)).toEqual(new Set(["a"]));
    expect(open.begin("a", 1)).toBe(true);
  });
});

it("orders entry ids by time, not by text", () => {
  const ids = ["10-2", "9-9", "10-10", "9-10"];
  const sorted = ids.sort((a, b) => compareEntryTimes(entryTime(a), entryTime(b)));
  expect(sorted).toEqual(["9-9", "9-10", "10-2", "10-10"]);
});
