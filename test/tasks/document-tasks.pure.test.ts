import { describe, expect, it } from "vitest";
import { longHandbook } from "@/samples/handbook";
import { analyseChunk } from "@/server/tasks/analyse-chunk";
import { buildReport } from "@/server/tasks/build-report";
import { analyseText } from "@/server/tasks/document/analysis";
import type { ChunkReference } from "@/server/tasks/document/document-schema";
import { summariseReport } from "@/server/tasks/document/report-summary";
import { reportSummarySchema } from "@/server/tasks/document/report-summary-schema";
import { inspectDocuments } from "@/server/tasks/inspect-documents";
import { splitChunks } from "@/server/tasks/split-chunks";
import { blobText, dataOf, runDeclared, store, type TestContext, taskContext } from "@/test/tasks/task-context";

/** What extract_text leaves of a document with these pages. */
async function extracted(context: TestContext, name: string, pages: string[]) {
  const file = await store(context, name, pages.join("\n"));
  const lines = pages.map((text, index) => `${JSON.stringify({ page: index + 1, text })}\n`);
  const blob = await store(context, `${name}.jsonl`, lines.join(""));
  const characters = pages.reduce((sum, text) => sum + text.length, 0);
  return { file: file.id, name, type: "text/plain", text_blob: blob.id, pages: pages.length, characters };
}

describe("inspect_documents", () => {
  it("counts what cannot be taken and says why", async () => {
    const context = await taskContext();
    const good = await store(context, "good.txt", "text");
    const big = await store(context, "big.txt", "x".repeat(200));
    const picture = await store(context, "scan.png", Buffer.from("89504e470d0a1a0a00", "hex"));
    const wrong = await store(context, "wrong.pdf", "no pdf");
    const documents = [good.id, { file: big.id }, { id: picture.id, name: "ignored" }, wrong.id];
    const data = dataOf(await runDeclared(inspectDocuments, { documents, max_bytes: 100 }, context));
    expect(data).toMatchObject({ file_count: 4, total_bytes: 219, unsupported: 2, too_large: 1 });
    expect((data.files as unknown[])[0]).toEqual({ id: good.id, name: "good.txt", type: "text/plain", size: 4 });
    expect(data.problems).toEqual([
      '"big.txt" has 200 bytes; at most 100 are taken.',
      '"scan.png" is image/png, which cannot be read.',
      expect.stringMatching(/"wrong\.pdf" claims to be PDF/),
    ]);
  });

  it.each([[{}], [{ documents: [] }], [{ documents: [5] }], [{ documents: ["no-such-file"] }], [{ documents: "x" }]])(
    "refuses %j, naming the field",
    async (params) => {
      await expect(runDeclared(inspectDocuments, params, await taskContext())).rejects.toMatchObject({
        code: "INVALID_INPUT_ERROR",
        message: expect.stringContaining("documents"),
      });
    },
  );
});

describe("split_chunks", () => {
  it("keeps a 300-page document within 1,000 chunks, each read by its own bytes alone", async () => {
    const context = await taskContext();
    const pages = longHandbook(300).map((page) => [page.heading, ...page.paragraphs].join("\n\n"));
    const document = await extracted(context, "largo año.txt", pages);
    const other = await extracted(context, "otro.txt", ["La grúa está parada. ¿Cuándo vuelve? 🚢"]);
    const data = dataOf(await splitChunks({ documents: [document, other] }, context));
    const chunks = data.chunks as ChunkReference[];
    expect(data.chunk_count).toBe(chunks.length);
    expect(chunks.length).toBeGreaterThan(300);
    expect(chunks.length).toBeLessThanOrEqual(1000);
    expect(data.documents).toEqual([document, other]);
    const blob = Buffer.from(await blobText(context, data.chunks_blob));
    const texts = chunks.map(({ offset, length }) =>
      JSON.parse(blob.subarray(offset, offset + length).toString("utf8")),
    );
    expect(texts.map(({ no, file, page }) => ({ no, file, page }))).toEqual(
      chunks.map(({ no, file, page }) => ({ no, file, page })),
    );
    const solid = (text: string) => text.replace(/\s+/g, "");
    expect(solid(texts.map(({ text }) => text).join(""))).toBe(
      solid([...pages, "La grúa está parada. ¿Cuándo vuelve? 🚢"].join("")),
    );

    const last = dataOf(await runDeclared(analyseChunk, { chunk: chunks.at(-1) }, context));
    expect(last).toMatchObject({ file: other.file, page: 1, language: "es", words: 6 });
  });

  it("takes an aggregation list, and refuses one without any document", async () => {
    const context = await taskContext();
    const document = await extracted(context, "a.txt", ["Some text."]);
    const failed = { status: "failure", data: null, error: { code: "PERMANENT_ERROR" } };
    const data = dataOf(
      await splitChunks({ documents: [failed, { status: "success", data: document, error: null }] }, context),
    );
    expect(data.documents).toEqual([document]);
    for (const documents of [[failed], [], [{ file: "x" }]]) {
      await expect(splitChunks({ documents }, context)).rejects.toMatchObject({ code: "INVALID_INPUT_ERROR" });
    }
  });

  it("refuses documents that have more text than they say", async () => {
    const context = await taskContext();
    const document = await extracted(context, "a.txt", ["word. ".repeat(250_000)]);
    const work = splitChunks({ documents: [{ ...document, characters: 10 }] }, context);
    await expect(work).rejects.toMatchObject({ code: "CONTRACT_VIOLATION" });
  });
});

describe("analyse_chunk", () => {
  it("refuses bytes that are no chunk", async () => {
    const context = await taskContext();
    const { id } = await store(context, "x.txt", '{"no":1}\nnot json at all');
    const chunk = (offset: number, length: number) => ({
      chunk: { no: 0, file: "f", page: 1, blob: id, offset, length },
    });
    await expect(runDeclared(analyseChunk, chunk(0, 9), context)).rejects.toMatchObject({ code: "CONTRACT_VIOLATION" });
    await expect(runDeclared(analyseChunk, chunk(9, 5), context)).rejects.toMatchObject({ code: "CONTRACT_VIOLATION" });
    await expect(runDeclared(analyseChunk, chunk(9, 500), context)).rejects.toMatchObject({
      code: "INVALID_INPUT_ERROR",
    });
    await expect(runDeclared(analyseChunk, { chunk: 5 }, context)).rejects.toMatchObject({
      code: "INVALID_INPUT_ERROR",
    });
  });
});

describe("the report", () => {
  const documents = ["a", "b"].map((file) => ({
    file,
    name: `${file}.txt`,
    type: "text/plain",
    text_blob: "t",
    pages: 1,
    characters: 9,
  }));
  const analyses = [
    {
      no: 2,
      file: "b",
      page: 1,
      text: "La autoridad portuaria cobra las tasas portuarias. Escriba a ana@puerto.example hoy.",
    },
    { no: 0, file: "a", page: 1, text: "The port authority collects the port fees. The port fees are due in May." },
    { no: 1, file: "a", page: 4, text: "Call the port authority at +44 20 7946 0123 about port fees, or visit us." },
  ].map(analyseText);

  it("adds up, in the order of the text, whatever order the branches ended in", () => {
    const report = summariseReport({ documents, analyses, failedChunks: 1 });
    expect(report).toEqual(summariseReport({ documents, analyses: analyses.toReversed(), failedChunks: 1 }));
    expect(reportSummarySchema.parse(report)).toEqual(report);
    expect(report.title).toBe("a.txt and 1 more");
    expect(report.totals).toMatchObject({ files: 2, pages: 2, characters: 18, chunks: 3, failed_chunks: 1 });
    expect(report.totals.words).toBe(analyses.reduce((sum, { words }) => sum + words, 0));
    expect(report.languages.map(({ language, chunks }) => [language, chunks])).toEqual([
      ["en", 2],
      ["es", 1],
    ]);
    expect(report.languages.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 2);
    expect(report.keywords.find(({ term }) => term === "port fees")?.chunks).toBe(2);
    expect(report.personal_data).toMatchObject({ total: 2, by_kind: { email: 1, phone: 1, iban: 0 } });
    expect(report.personal_data.places).toEqual([
      { kind: "phone", masked: "+44********23", file: "a", name: "a.txt", page: 4, chunk: 1 },
      { kind: "email", masked: "a***@p***.example", file: "b", name: "b.txt", page: 1, chunk: 2 },
    ]);
    expect(report.readability.measured_chunks).toBe(3);
    expect(report.files.map(({ language, personal_data, chunks }) => [language, personal_data, chunks])).toEqual([
      ["en", 1, 2],
      ["es", 1, 1],
    ]);
  });

  it("stands without any chunk", () => {
    const report = summariseReport({ title: "Empty", documents, analyses: [] });
    expect(report).toMatchObject({ title: "Empty", languages: [], keywords: [], readability: { average: null } });
    expect(report.files[0]).toMatchObject({ language: "und", words: 0, readability: null });
  });

  it("is built by the task from aggregation lists, failed branches counted", async () => {
    const context = await taskContext();
    const results = [
      ...analyses.map((data) => ({ status: "success", data, error: null })),
      { status: "error", data: null, error: { code: "X" } },
    ];
    const data = dataOf(await buildReport({ documents, results, title: "Fees" }, context));
    expect(data.report).toMatchObject({ title: "Fees", totals: { chunks: 3, failed_chunks: 1 } });
    expect(
      (await blobText(context, data.analysis_blob))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(analyses);
    await expect(buildReport({ documents, results: [{ no: "1" }] }, context)).rejects.toMatchObject({
      code: "INVALID_INPUT_ERROR",
      message: expect.stringContaining("results.0.no"),
    });
  });
});
