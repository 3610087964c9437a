import { describe, expect, test } from "vitest";
import type { Delivery } from "@/server/queue/contract";
import { Hand } from "@/server/worker/hand";
import { Prefetch } from "@/server/worker/prefetch";

const times = (count: number, work: () => void) => {
  for (let i = 0; i < count; i++) work();
};

function delivery(no: number): Delivery {
  const message = { jobId: "j", no, fence: 1, attempt: 1, type: "t", priority: 0, params: null, timeoutMs: null };
  return { message: { ...message, blueprint: "b", sentAt: 0 }, receipt: `r${no}` };
}

describe("how much a worker holds ahead", () => {
  test("is the least until something is known, and the most while tasks take no time", () => {
    const prefetch = new Prefetch(8, 16, 500);
    expect(prefetch.size).toBe(16);
    times(200, () => prefetch.note(0));
    expect(prefetch.size).toBe(500);
  });

  test("is what gets done in a moment, between the two", () => {
    const prefetch = new Prefetch(8, 16, 500);
    times(500, () => prefetch.note(5));
    expect(prefetch.size).toBe(80);
  });

  test("falls to the least with one long task, and stays there for a while", () => {
    const prefetch = new Prefetch(8, 16, 500);
    times(200, () => prefetch.note(0));
    prefetch.note(1_000);
    expect(prefetch.size).toBe(16);
    times(20, () => prefetch.note(0));
    expect(prefetch.size).toBe(16);
  });

  test("falls to the least when told to be careful", () => {
    const prefetch = new Prefetch(8, 16, 500);
    times(200, () => prefetch.note(0));
    prefetch.beCareful();
    expect(prefetch.size).toBe(16);
  });
});

describe("a hand whose prefetch has shrunk", () => {
  test("lets go of the newest that wait, and of no more than the surplus", () => {
    const ahead = { size: 10 };
    const hand = new Hand(2, ahead);
    hand.add(Array.from({ length: 12 }, (_, no) => delivery(no)));
    expect(hand.nextToRun()).toHaveLength(2);
    expect(hand.takeSurplus()).toEqual([]);
    ahead.size = 4;
    expect(hand.room).toBe(-6);
    expect(hand.takeSurplus().map((attempt) => attempt.delivery.message.no)).toEqual([6, 7, 8, 9, 10, 11]);
    expect([hand.room, hand.waitingCount, hand.running.size]).toEqual([0, 4, 2]);
  });
});
