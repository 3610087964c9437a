import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDocumentStore } from "@/server/store/documents";
import { type ApiHost, hostApi } from "@/test/http/api-host";

let api: ApiHost;
const workspaceId = randomUUID();

beforeAll(async () => {
  api = await hostApi({ redis: false });
});
afterAll(() => api?.stop());

async function documentsAs(token: string, more = "") {
  const { status, body } = await api.call("GET", `/api/v1/documents?workspace_id=${workspaceId}${more}`, undefined, {
    token,
  });
  expect(status).toBe(200);
  return body;
}

test("a document is seen from the queue to its end by whoever owns it, whatever became of its worker", async () => {
  const [owner, stranger] = [await api.client("owner", ["jobs"]), await api.client("other", ["jobs"])];
  const documentId = randomUUID();
  const input = { document_id: documentId.toUpperCase(), workspace_id: workspaceId };
  const made = await api.call("POST", "/api/v1/tasks/process_document", { input }, { token: owner });
  const jobId = made.body.job_id as string;
  const seen = async () => (await documentsAs(owner))[0];
  await expect
    .poll(seen, { timeout: 60_000 })
    .toMatchObject({ document_id: documentId, job_id: jobId, status: "pending" });
  expect(await documentsAs(stranger)).toEqual([]);
  expect(await documentsAs(owner, `&document_id=${randomUUID()}`)).toEqual([]);

  const store = createDocumentStore(api.deps.database.pool, null);
  const name = { workspaceId, documentId, jobId };
  await store.begin({ ...name, name: "bill.pdf" });
  expect(await seen()).toMatchObject({ status: "processing", name: "bill.pdf", reason: null });
  await store.fail({ ...name, reason: "the endpoint is away" });
  expect(await seen()).toMatchObject({ status: "processing", reason: "the endpoint is away" });
  await store.begin({ ...name, name: "bill.pdf" });
  // As after an attempt that was ended by force and is not tried again.
  await api.deps.database.pool.query("delete from tasks where job_id = $1", [jobId]);
  expect(await seen()).toMatchObject({ status: "failed", reason: expect.stringContaining("ended without a word") });
  // Asked for again, it does not look as if that had failed, too.
  const again = await api.call("POST", "/api/v1/tasks/process_document", { input }, { token: owner });
  const nextJobId = again.body.job_id as string;
  await expect.poll(seen, { timeout: 60_000 }).toMatchObject({ job_id: nextJobId, status: "pending", reason: null });
  expect(await documentsAs(owner)).toHaveLength(1);
  const next = { ...name, jobId: nextJobId };
  await store.begin({ ...next, name: "bill.pdf" });
  expect(await documentsAs(owner)).toMatchObject([{ job_id: nextJobId, status: "processing" }]);
  await store.ready({ ...next, characters: 12 });
  expect(await seen()).toMatchObject({ status: "ready", characters: 12, chunks: 0, embedding_model: null });
  expect(await documentsAs(stranger)).toEqual([]);
  expect(await documentsAs(owner, `&limit=1&cursor=${documentId}`)).toEqual([]);
});

test("pages hold each document once, in order: those that wait among those that a task has seen", async () => {
  const token = await api.client("pager", ["jobs"]);
  const workspace = randomUUID();
  const ids = Array.from({ length: 7 }, () => randomUUID()).toSorted();
  const waiting = ids.filter((_, index) => index % 2 === 1);
  await api.deps.database.pool.query(
    `insert into documents (workspace_id, id, client_id, job_id, name, status)
     select $1::uuid, x, (select id from clients where name = 'pager'), gen_random_uuid(), 'a.pdf', 'ready' from unnest($2::uuid[]) x`,
    [workspace, ids.filter((id) => !waiting.includes(id))],
  );
  for (const document_id of waiting) {
    const input = { document_id, workspace_id: workspace.toUpperCase() };
    await api.call("POST", "/api/v1/tasks/process_document", { input }, { token });
  }
  const pageAfter = (cursor: string | null) =>
    api.call(
      "GET",
      `/api/v1/documents?workspace_id=${workspace}&limit=2${cursor ? `&cursor=${cursor}` : ""}`,
      undefined,
      {
        token,
      },
    );
  const all = async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body, headers } = await pageAfter(cursor);
      seen.push(...body.map((row: { document_id: string; status: string }) => `${row.document_id} ${row.status}`));
      cursor = headers.get("x-next-cursor");
    } while (cursor !== null);
    return seen;
  };
  const expected = ids.map((id) => `${id} ${waiting.includes(id) ? "pending" : "ready"}`);
  await expect.poll(all, { timeout: 60_000 }).toEqual(expected);
});

test("what cannot be a workspace, or the end of a page, is told", async () => {
  const ask = async (query: string) => (await api.call("GET", `/api/v1/documents${query}`)).body.error;
  expect(await ask("")).toBe("workspace_id: is missing; send a UUID");
  expect(await ask("?workspace_id=7")).toBe("workspace_id: must be a UUID");
  expect(await ask(`?workspace_id=${workspaceId}&cursor=zzz`)).toBe("cursor: must be a UUID");
});
