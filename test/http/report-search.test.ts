import { expect, test } from "vitest";
import { createEmbedder } from "@/server/documents/embedder";
import { createDocumentStore } from "@/server/store/documents";
import { createReportWriter } from "@/server/store/reports";
import type { ReportSummary } from "@/server/tasks/document/report-summary";
import { hostApi } from "@/test/http/api-host";
import { embeddingsServer } from "@/test/tasks/embeddings-server";

const TEXTS = ["Every ship pays at the berth.", "Bread comes out of the oven at six.", "The invoice is due in May."];
const totals = { files: 1, pages: 1, characters: 90, chunks: 3, failed_chunks: 0, words: 18 };

test("reports are searched by meaning where embeddings are configured, else by words, and the answer says how", async () => {
  const server = await embeddingsServer();
  const settings = { EMBEDDINGS_URL: server.url, EMBEDDINGS_MODEL: "small", EMBEDDINGS_API_KEY: "key-of-the-test" };
  const api = await hostApi({ environment: settings });
  try {
    await api.put({ name: "empty", states: { done: { type: "end", start: true, outcome: "success" } } });
    const jobId = await api.start("empty");
    await api.until(jobId, "finished");
    const { db, pool } = api.deps.database;
    const summary = { title: "Port", totals, files: [] } as unknown as ReportSummary;
    async function* chunks() {
      for (const [no, text] of TEXTS.entries())
        yield { no, fileName: "port.txt", page: 1, text, language: "en", analysis: null };
    }
    const report = { jobId, title: "Port", summary, decidedBy: null, comment: null, chunks: chunks() };
    const { reportId } = await createReportWriter(db).publish(report);
    const ask = (q: string, path = "") => api.call("GET", `/api/v1/reports${path}?q=${encodeURIComponent(q)}`);
    const words = await ask("berth");
    expect([words.headers.get("x-searched-by"), words.body[0].hits[0].chunk]).toEqual(["words", 0]);
    expect((await ask("vessel")).body).toEqual([]);

    const embedder = createEmbedder({ url: server.url, model: "small", apiKey: null, timeoutMs: 5_000, batchSize: 8 });
    const documents = createDocumentStore(pool, embedder);
    const document = { workspaceId: reportId, documentId: jobId, jobId };
    await documents.begin({ ...document, name: "port.txt" });
    await documents.putChunks({
      ...document,
      chunks: TEXTS.map((text, no) => ({ no, page: 1, text, language: "en" })),
    });
    expect(await documents.embedNext(document)).toMatchObject({ made: 3, left: 0 });

    const meaning = await ask("vessel");
    expect(meaning.headers.get("x-searched-by")).toBe("meaning");
    expect(meaning.body).toMatchObject([
      { report_id: reportId, hits: [{ chunk: 0, file: "port.txt", passages: [[{ text: TEXTS[0], hit: false }]] }] },
    ]);
    const inside = await ask("loaf", `/${reportId}`);
    expect([inside.headers.get("x-searched-by"), inside.body.hits[0].chunk]).toEqual(["meaning", 1]);
    expect(server.requests.at(-1)).toMatchObject({ authorization: "Bearer key-of-the-test", input: ["loaf"] });
    const other = await api.client("another");
    const foreign = await api.call("GET", "/api/v1/reports?q=vessel", undefined, { token: other });
    expect(foreign.body).toEqual([]);

    server.next((response) => void response.writeHead(500).end("out of order"));
    const fallback = await ask("berth");
    expect([fallback.headers.get("x-searched-by"), fallback.body[0].hits[0].chunk]).toEqual(["words", 0]);
    expect(api.logged.join("\n")).not.toContain("key-of-the-test");
  } finally {
    await api.stop();
  }
});
