import { expect, test } from "vitest";
import { type WaitingPoll, WaitingPolls } from "@/server/workers/waiting-polls";

const poll = (worker: string, ...types: string[]): WaitingPoll => ({
  worker,
  sessionId: worker,
  types: new Set(types),
  answer: () => undefined,
  over: false,
});

test("who has waited longest for a type is served first, and one that was put back before all", () => {
  const polls = new WaitingPolls();
  const [a, b, c] = [poll("a", "x"), poll("b", "y"), poll("c", "x", "y")];
  for (const one of [a, b, c]) polls.add(one);
  expect(polls.types().sort()).toEqual(["x", "y"]);
  expect(polls.takeFor("y")).toBe(b);
  expect(polls.takeFor("y")).toBe(c);
  expect(polls.takeFor("y")).toBeUndefined();
  polls.putBack(c);
  expect(polls.takeFor("x")).toBe(c);
  expect(polls.takeFor("x")).toBe(a);
  expect(polls.size).toBe(0);
});

test("a poll that is over is not put back; a stop answers everybody", async () => {
  const polls = new WaitingPolls();
  const answers: unknown[] = [];
  const waiting = { ...poll("a", "x"), answer: (task: unknown) => answers.push(task) };
  polls.putBack({ ...poll("b", "x"), over: true });
  expect(polls.size).toBe(0);
  polls.add(waiting);
  polls.stop();
  expect(answers).toEqual([null]);
  await polls.someone();
});
