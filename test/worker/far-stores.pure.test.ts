import { expect, it } from "vitest";
import type { TaskStores } from "@/server/tasks/task-function";
import { answerCalls } from "@/server/worker/slot/answer-calls";
import { farStores } from "@/server/worker/slot/far-stores";
import { InStream } from "@/server/worker/slot/in-stream";

/** A store that keeps what it was given, its streams read to their end. */
function storesOf(seen: unknown[]): TaskStores {
  const publish = async (report: { summary: unknown; chunks: AsyncIterable<unknown> }) => {
    const chunks: unknown[] = [];
    for await (const chunk of report.chunks) chunks.push(chunk);
    seen.push({ ...report, chunks });
    return null;
  };
  return { reports: { publish } } as unknown as TaskStores;
}

async function* chunks() {
  yield { text: "one" };
  yield { text: "two" };
}

it("carries what a task gives a store to the worker, whatever members users gave it", async () => {
  const seen: unknown[] = [];
  const { answer } = answerCalls({ stores: storesOf(seen), clientOf: null });
  const { reports } = farStores(answer) as unknown as { reports: { publish(report: object): Promise<unknown> } };
  for (let stream = 1; stream < 6; stream++) {
    const summary = { $stream: stream, inner: [{ $stream: stream + 1 }] };
    await reports.publish({ chunks: chunks(), summary });
    expect(seen.pop()).toEqual({ summary, chunks: [{ text: "one" }, { text: "two" }] });
  }
});

it("takes a batch of any number of items", async () => {
  const stream = new InStream();
  const taken = stream.push(new Array(300_000).fill(1));
  stream.end(null);
  await taken;
  let count = 0;
  for await (const item of stream) count += Number(item);
  expect(count).toBe(300_000);
});
