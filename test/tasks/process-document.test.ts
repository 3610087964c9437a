import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmbedder } from "@/server/documents/embedder";
import { noDocuments } from "@/server/documents/no-documents";
import { type Database, openDatabase } from "@/server/store/database";
import { createDocumentStore } from "@/server/store/documents";
import { processDocument } from "@/server/tasks/process-document";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { type EmbeddingsServer, embeddingsServer } from "@/test/tasks/embeddings-server";
import { dataOf, runDeclared, store, type TestContext, taskContext } from "@/test/tasks/task-context";

let database: TestDatabase;
let opened: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  opened = openDatabase(database.url, { max: 4, name: "test documents" });
});
afterAll(async () => {
  await opened?.close();
  await database?.drop();
});

const TEXT = Array.from(
  { length: 40 },
  (_, at) =>
    `In paragraph ${at} the harbour master writes about ship number ${at}, its cargo and the berth it was given.`,
).join("\n\n");

function embedderOf(server: EmbeddingsServer, model: string = randomUUID()) {
  return createEmbedder({ url: server.url, model, apiKey: null, timeoutMs: 5_000, batchSize: 2 });
}

async function contextWith(embedder: Parameters<typeof createDocumentStore>[1]): Promise<TestContext> {
  const reports = { publish: () => Promise.reject(new Error("this test publishes nothing")) };
  return taskContext({ stores: { reports, documents: createDocumentStore(opened.pool, embedder) } });
}

async function rowsOf(workspaceId: string) {
  const read = async (sql: string) => (await opened.pool.query(sql, [workspaceId])).rows;
  return {
    documents: await read(
      `select id, status, reason, chunks, characters, model, name from documents where workspace_id = $1 order by id`,
    ),
    chunks: await read(
      `select no, page, text, encode(text_hash, 'hex') as hash from document_chunks where workspace_id = $1 order by no`,
    ),
    embeddings: await read(
      `select e.model, encode(e.text_hash, 'hex') as hash, e.dimension from text_embeddings e
       where e.text_hash in (select text_hash from document_chunks where workspace_id = $1) order by 1, 2`,
    ),
  };
}

const run = (context: TestContext, document_id: string, workspace_id: string, more: object = {}) =>
  runDeclared(
    processDocument,
    { document_id, workspace_id, chunk_characters: 600, ...more },
    context,
    "process_document",
  );

describe("process_document", () => {
  it("looks at the ids before anything else", async () => {
    const context = await taskContext({
      stores: {
        reports: { publish: () => Promise.reject(new Error("no")) },
        documents: noDocuments(() => new Error("the store was asked")),
      },
    });
    const good = randomUUID();
    for (const [document_id, workspace_id, field] of [
      ["not-a-uuid", good, "document_id"],
      [good, "7", "workspace_id"],
      [undefined, good, "document_id"],
    ]) {
      await expect(runDeclared(processDocument, { document_id, workspace_id }, context)).rejects.toMatchObject({
        code: "INVALID_INPUT_ERROR",
        message: expect.stringContaining(`${field}: `),
      });
    }
    await expect(run(context, good, good)).rejects.toMatchObject({
      code: "INVALID_INPUT_ERROR",
      message: expect.stringContaining("document_id: "),
    });
  });

  it("stores chunks with their embeddings, and says so", async () => {
    const server = await embeddingsServer();
    const embedder = embedderOf(server);
    const context = await contextWith(embedder);
    const { id } = await store(context, "harbour.txt", TEXT);
    const workspace = randomUUID();
    const data = dataOf(await run(context, id, workspace));
    const { documents, chunks, embeddings } = await rowsOf(workspace);
    expect(chunks.length).toBeGreaterThan(4);
    expect(chunks.map(({ no }) => no)).toEqual(chunks.map((_, at) => at));
    expect(chunks.map(({ text }) => text.replaceAll(/\s/g, "")).join("")).toBe(TEXT.replaceAll(/\s/g, ""));
    expect(documents).toEqual([
      {
        id,
        status: "ready",
        reason: null,
        chunks: chunks.length,
        characters: TEXT.length,
        model: embedder.model,
        name: "harbour.txt",
      },
    ]);
    expect(embeddings.filter(({ model }) => model === embedder.model)).toHaveLength(chunks.length);
    expect(new Set(embeddings.map(({ dimension }) => dimension))).toEqual(new Set([4]));
    expect(Math.max(...server.requests.map(({ input }) => input.length))).toBe(2);
    expect(data).toEqual({
      document_id: id,
      workspace_id: workspace,
      status: "ready",
      chunks: chunks.length,
      embedded: chunks.length,
      embedding_model: embedder.model,
    });
    expect(context.told.at(-1)?.fraction).toBeGreaterThan(0.6);
  });

  it("does without embeddings where none are configured", async () => {
    const context = await contextWith(null);
    const { id } = await store(context, "harbour.txt", TEXT);
    const workspace = randomUUID();
    expect(dataOf(await run(context, id, workspace))).toMatchObject({ status: "ready", embedding_model: null });
    expect((await rowsOf(workspace)).documents).toMatchObject([{ status: "ready", model: null }]);
    const { rows } = await opened.pool.query(
      "select no from document_chunks where workspace_id = $1 and search @@ to_tsquery('english', 'berths & cargo')",
      [workspace],
    );
    expect(rows.length).toBeGreaterThan(4);
  });

  it("run twice, and by another job, leads to the same rows; what is embedded is not sent again", async () => {
    const server = await embeddingsServer();
    const context = await contextWith(embedderOf(server));
    const { id } = await store(context, "harbour.txt", TEXT);
    const workspace = randomUUID();
    await run(context, id, workspace);
    const first = await rowsOf(workspace);
    const asked = server.requests.length;
    expect(dataOf(await run(context, id, workspace))).toMatchObject({ embedded: 0, chunks: first.chunks.length });
    const other = { ...context, jobId: randomUUID(), idempotencyKey: "another" };
    expect(dataOf(await run(other, id, workspace))).toMatchObject({ embedded: 0 });
    expect(await rowsOf(workspace)).toEqual(first);
    expect(server.requests.length).toBe(asked);
    const elsewhere = randomUUID();
    expect(dataOf(await run(other, id, elsewhere))).toMatchObject({ embedded: 0 });
    expect((await rowsOf(elsewhere)).chunks).toEqual(first.chunks);
    await run({ ...context, jobId: randomUUID(), idempotencyKey: "coarse" }, id, workspace, {
      chunk_characters: 2_000,
    });
    const coarse = await rowsOf(workspace);
    expect(coarse.chunks.length).toBeLessThan(first.chunks.length);
    expect(coarse.documents).toMatchObject([{ status: "ready", chunks: coarse.chunks.length }]);
  });

  it("ended in the middle, it goes on where it was, without doubles", async () => {
    const server = await embeddingsServer();
    const embedder = embedderOf(server);
    const context = await contextWith(embedder);
    const ofModel = ({ embeddings }: Awaited<ReturnType<typeof rowsOf>>) =>
      embeddings.filter(({ model }) => model === embedder.model).length;
    const { id } = await store(context, "harbour.txt", TEXT);
    const workspace = randomUUID();
    const stop = new AbortController();
    let reached = (): void => undefined;
    const inTheMiddle = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const dead = new Promise<never>(() => undefined);
    const documents = {
      ...context.stores.documents,
      // A killed thread gets no answer any more, and says nothing.
      embedNext: async (document: Parameters<typeof context.stores.documents.embedNext>[0]) => {
        await context.stores.documents.embedNext(document);
        reached();
        return dead;
      },
    };
    void run({ ...context, signal: stop.signal, stores: { ...context.stores, documents } }, id, workspace);
    await inTheMiddle;
    const half = await rowsOf(workspace);
    expect(half.documents).toMatchObject([{ status: "processing" }]);
    expect(ofModel(half)).toBe(2);
    const data = dataOf(await run({ ...context, attempt: 2 }, id, workspace));
    const whole = await rowsOf(workspace);
    expect(data).toMatchObject({ status: "ready", embedded: whole.chunks.length - 2 });
    expect(whole.chunks).toEqual(half.chunks);
    expect(ofModel(whole)).toBe(whole.chunks.length);
    expect(server.requests.flatMap(({ input }) => input).toSorted()).toEqual(
      whole.chunks.map(({ text }) => text).toSorted(),
    );
  });

  it("a failure is kept with its reason, until an attempt succeeds", async () => {
    const server = await embeddingsServer();
    const context = await contextWith(embedderOf(server));
    const { id } = await store(context, "harbour.txt", TEXT);
    const workspace = randomUUID();
    server.next((response) => void response.writeHead(429, { "retry-after": "3" }).end("slow down"));
    await expect(run(context, id, workspace)).rejects.toMatchObject({
      code: "RESOURCE_EXHAUSTED_ERROR",
      retryAfterMs: 3_000,
    });
    const failed = await rowsOf(workspace);
    expect(failed.documents).toMatchObject([{ status: "failed", reason: expect.stringContaining("429: slow down") }]);
    expect(failed.chunks.length).toBeGreaterThan(4);
    await run({ ...context, attempt: 2 }, id, workspace);
    expect((await rowsOf(workspace)).documents).toMatchObject([{ status: "ready", reason: null }]);
    const damaged = await store(context, "empty.txt", "   ");
    await expect(run(context, damaged.id, workspace)).rejects.toMatchObject({ code: "PERMANENT_ERROR" });
    const { documents } = await rowsOf(workspace);
    expect(documents.find((row) => row.id === damaged.id)).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("no text"),
    });
  });

  it("refuses vectors of another dimension than those of the same model", async () => {
    const server = await embeddingsServer();
    const context = await contextWith(embedderOf(server));
    const { id } = await store(context, "harbour.txt", TEXT);
    const workspace = randomUUID();
    server.next(
      (response) => void response.end(JSON.stringify({ data: [{ embedding: [1, 2] }, { embedding: [2, 1] }] })),
    );
    await expect(run(context, id, workspace)).rejects.toMatchObject({
      code: "CONTRACT_VIOLATION",
      message: expect.stringContaining("have 4 dimensions"),
    });
  });

  it("a job that another one took the document from has no say any more", async () => {
    const documents = createDocumentStore(opened.pool, null);
    const [workspaceId, documentId] = [randomUUID(), randomUUID()];
    const first = { workspaceId, documentId, jobId: randomUUID() };
    const second = { ...first, jobId: randomUUID() };
    await documents.begin({ ...first, name: "a" });
    await documents.begin({ ...second, name: "a" });
    const chunk = { no: 0, page: 1, text: "late", language: "en" };
    for (const late of [
      () => documents.putChunks({ ...first, chunks: [chunk] }),
      () => documents.cut({ ...first, chunks: 0 }),
      () => documents.ready({ ...first, characters: 4 }),
      () => documents.fail({ ...first, reason: "late" }),
    ])
      await expect(late()).rejects.toMatchObject({ code: "DEPENDENCY_ERROR" });
    await documents.putChunks({ ...second, chunks: [chunk] });
    await documents.ready({ ...second, characters: 4 });
    expect((await rowsOf(workspaceId)).documents).toMatchObject([{ status: "ready", chunks: 1 }]);
  });
});
