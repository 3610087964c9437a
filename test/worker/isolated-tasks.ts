import { ownTasks } from "@/server/own-code/own-tasks";
import type { PlacedTask } from "@/server/tasks/task-set";
import { ISOLATIONS } from "@/server/worker/bridge/isolation";
import { makeFolder } from "@/test/own-code/folder";

const WORK = `
import { setTimeout as sleep } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { text } from "node:stream/consumers";
import { defineTask, TaskError } from "batuta";
import { z } from "zod";

async function tell(params, { attempt, idempotencyKey, progress, log }) {
  log.info("telling", { of: params.in.of });
  progress(0.5, "half");
  await sleep(params.in.ms ?? 0);
  return { data: { threadId, pid: process.pid, attempt, key: idempotencyKey } };
}
async function refuse() {
  throw new TaskError("RESOURCE_EXHAUSTED_ERROR", "come again", { details: { left: 0 }, retryAfterMs: 50 });
}
async function regex(_params, { attempt, log }) {
  log.info("before the trap");
  if (attempt === 1) /^(a+)+$/.test("a".repeat(50) + "!");
  return { data: { attempt } };
}
async function exit(_params, { attempt }) {
  if (attempt === 1) process.exit(7);
  return { data: { attempt } };
}
async function eat(_params, { attempt }) {
  const eaten = [];
  while (attempt === 1) eaten.push(new Array(100_000).fill(eaten.length + 0.5));
  return { data: { attempt } };
}
async function keep(_params, { files, stores, jobId }) {
  const { id } = await files.put([Buffer.from("kept")], { name: "kept.txt", owner: jobId });
  const read = await text(await files.open(id));
  async function* chunks() {
    for (let no = 0; no < 5_000; no++) yield { no, fileName: "kept.txt", page: 1, text: "x".repeat(200), language: "en", analysis: null };
  }
  const { reportId } = await stores.reports.publish({ jobId, title: read, summary: {}, decidedBy: null, comment: null, chunks: chunks() });
  async function* broken() {
    yield { no: 0 };
    throw new TaskError("PERMANENT_ERROR", "nothing more can be read", { details: [1] });
  }
  const failure = await stores.reports.publish({ jobId, title: "broken", chunks: broken() }).catch((error) => error);
  return { data: { reportId, failure: { code: failure.code, message: failure.message } } };
}
async function checked({ count }) {
  return { data: { count } };
}
const input = z.object({ in: z.object({ count: z.int(), name: z.string() }) }).transform((params) => ({ count: params.in.count }));
`;

const KINDS = ["tell", "refuse", "regex", "exit", "eat", "keep", "checked"] as const;

/** Tasks that travel, each in every isolation: `tell_thread`, `tell_process`, `tell_inline` …; `told_thread` is an alias. */
export async function isolatedTasks(): Promise<{ tasks: PlacedTask[]; remove: () => void }> {
  const exports = ISOLATIONS.flatMap((isolation) =>
    KINDS.map((kind) => {
      const more = kind === "checked" ? ", input" : kind === "tell" ? `, aliases: ["told_${isolation}"]` : "";
      const options = `{ isolation: "${isolation}", graceMs: 100${more} }`;
      return `export const ${kind}_${isolation} = defineTask("${kind}_${isolation}", ${kind}, ${options});\n`;
    }),
  );
  const { remove, ...folders } = makeFolder({ "work.js": WORK + exports.join("") });
  const { symlinkSync } = await import("node:fs");
  symlinkSync(new URL("../../node_modules", import.meta.url), `${folders.folder}/node_modules`);
  return { tasks: await ownTasks({ ...folders, taken: [] }), remove };
}
