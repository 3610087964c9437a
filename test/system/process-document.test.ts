import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { blockingBlueprint, expectBlockingRefused } from "@/test/support/blocking-blueprint";
import { withSystem } from "@/test/support/system";
import { embeddingsServer } from "@/test/tasks/embeddings-server";

test("process_document is enqueued without a blueprint: wrong ids fail it at once, a document is stored and embedded", async () => {
  const server = await embeddingsServer();
  const code = blockingBlueprint();
  const environment = { EMBEDDINGS_URL: server.url, EMBEDDINGS_MODEL: "small", BLUEPRINTS_DIR: code.folder };
  await withSystem({ environment }, async (system) => {
    await expectBlockingRefused(system);
    const enqueue = (input: object) =>
      system.api("POST", "/api/v1/tasks/process_document", { input }, { prefer: "wait=30" });
    const workspace_id = randomUUID();
    const bad = await enqueue({ document_id: "7", workspace_id });
    expect(bad).toMatchObject({
      status: 200,
      body: {
        status: "failed",
        error: { code: "INVALID_INPUT_ERROR", message: expect.stringContaining("document_id") },
      },
    });
    const attempts = (await system.history(bad.body.job_id)).filter((row) =>
      JSON.stringify(row).includes("task_failed"),
    );
    expect(attempts).toHaveLength(1);
    expect(await system.rows("select 1 from documents")).toEqual([]);
    const document_id = await system.upload("samples/berth-allocation.md", "berth-allocation.md");
    const made = await enqueue({ document_id, workspace_id });
    const job = await system.untilJob(made.body.job_id, "finished");
    expect(job.result).toMatchObject({ document_id, workspace_id, status: "ready", embedding_model: "small" });
    const [row] = await system.rows("select status, chunks, model from documents");
    expect(row).toEqual({ status: "ready", chunks: job.result.chunks, model: "small" });
    expect(server.requests.flatMap(({ input }) => input)).toHaveLength(job.result.chunks);

    const jobId = await system.startJob("document_ingestion", { documents: [document_id] });
    await system.untilJob(jobId, "waiting_for_human");
    await system.api("POST", `/_public/webhooks/approval/${jobId}`, { decision: "approved" });
    const { result } = await system.untilJob(jobId, "finished");
    const [indexed] = await system.rows("select status, model from documents where workspace_id = $1", [
      result.report_id,
    ]);
    expect(indexed).toEqual({ status: "ready", model: "small" });
    const found = await system.api("GET", "/api/v1/reports?q=vessel");
    expect([found.headers.get("x-searched-by"), found.body[0].report_id]).toEqual(["meaning", result.report_id]);
  }).finally(code.remove);
});
