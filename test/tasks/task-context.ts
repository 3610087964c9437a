import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { noDocuments } from "@/server/documents/no-documents";
import type { StoredBlob } from "@/server/files/blob-store";
import { LocalBlobStore } from "@/server/files/local-blob-store";
import { checkInput } from "@/server/tasks/check-input";
import type { DeclaredTask } from "@/server/tasks/declare-task";
import type { TaskContext, TaskResult } from "@/server/tasks/task-function";

/** A folder of the test's own, removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "batuta-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestContext extends TaskContext {
  files: LocalBlobStore;
  told: { fraction: number; message?: string | undefined }[];
}

/** A context as the worker makes it, on a blob store in `folder`, else in one of the test's own; publishing is refused unless given. */
export async function taskContext(changes: Partial<TaskContext> = {}, folder?: string): Promise<TestContext> {
  const jobId = randomUUID();
  const told: TestContext["told"] = [];
  return {
    jobId,
    taskId: `${jobId}.1024.1`,
    attempt: 1,
    idempotencyKey: `${jobId}.1024`,
    signal: new AbortController().signal,
    progress: (fraction, message) => told.push({ fraction, message }),
    stores: {
      reports: { publish: () => Promise.reject(new Error("this test publishes nothing")) },
      documents: noDocuments(() => new Error("this test keeps no documents")),
    },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    ...changes,
    files: new LocalBlobStore(folder ?? (await temporaryFolder())),
    told,
  };
}

const silent = (): void => undefined;

/** Does the work of a task as a worker does: with its parameters checked. */
export async function runDeclared(
  task: DeclaredTask,
  params: Record<string, unknown>,
  context: TaskContext,
  type = "this_task",
): Promise<TaskResult | Record<string, unknown>> {
  return task.run((task.input ? await checkInput(type, task.input, params) : params) as never, context);
}

/** A second task of the same job: same files, another idempotency key. */
export function nextTask(context: TestContext, no: number): TestContext {
  return { ...context, told: [], taskId: `${context.jobId}.${no}.1`, idempotencyKey: `${context.jobId}.${no}` };
}

export function store(context: TestContext, name: string, content: string | Uint8Array): Promise<StoredBlob> {
  return context.files.put([typeof content === "string" ? Buffer.from(content) : content], { name });
}

export async function blobText(context: TestContext, id: unknown): Promise<string> {
  return text(await context.files.open(String(id)));
}

/** The data of a result that has some. */
export function dataOf(result: TaskResult | Record<string, unknown>): Record<string, unknown> {
  return (result as { data: Record<string, unknown> }).data;
}

export function sample(name: string): string {
  return join(import.meta.dirname, "..", "..", "samples", name);
}
