import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { v7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "@/server/store/database";
import { createDocumentStore } from "@/server/store/documents";
import {
  listReports,
  readReport,
  readReportChunks,
  readReportOfJob,
  searchReports,
} from "@/server/store/reads/reports";
import { createReportWriter } from "@/server/store/reports";
import { analyseChunk } from "@/server/tasks/analyse-chunk";
import { buildReport } from "@/server/tasks/build-report";
import type { ChunkReference, ExtractedDocumentData } from "@/server/tasks/document/document-schema";
import type { ReportSummary } from "@/server/tasks/document/report-summary";
import { extractText } from "@/server/tasks/extract-text";
import { inspectDocuments } from "@/server/tasks/inspect-documents";
import { processDocument } from "@/server/tasks/process-document";
import { publishReport } from "@/server/tasks/publish-report";
import { splitChunks } from "@/server/tasks/split-chunks";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { dataOf, nextTask, runDeclared, sample, store, type TestContext, taskContext } from "@/test/tasks/task-context";

let database: TestDatabase;
let opened: Database;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "batuta-test-"));
  database = await createTestDatabase();
  opened = openDatabase(database.url, { max: 4, name: "test reports" });
  await opened.pool.query("insert into clients (id, name, scopes) values (7, 'seven', '{}'), (8, 'eight', '{}')");
});

afterAll(async () => {
  await opened.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** A row of a job, as far as publishing looks at it. */
async function jobOf(clientId: number): Promise<string> {
  const id = v7();
  await opened.pool.query(
    `insert into jobs (id, client_id, blueprint_id, version, status, state, transitions, input, created_at, updated_at)
     values ($1, $2, 1, 1, 1, 'publish', 1, '{}', now(), now())`,
    [id, clientId],
  );
  return id;
}

const samples = ["harbour-handbook.pdf", "berth-allocation.md", "lighthouse-notice.html", "reglamento-del-puerto.txt"];

/** Takes the sample documents through every step before the approval. */
async function analyseSamples() {
  const context = await taskContext({}, folder);
  const files = [];
  for (const name of samples) files.push((await store(context, name, await readFile(sample(name)))).id);
  const inspected = dataOf(await runDeclared(inspectDocuments, { documents: files }, context));
  const texts = [];
  for (const [index, file] of files.entries()) {
    texts.push({
      status: "success",
      data: dataOf(await extractText({ file }, nextTask(context, 10 + index))),
      error: null,
    });
  }
  const split = dataOf(await splitChunks({ documents: texts }, nextTask(context, 30)));
  const results = [];
  for (const chunk of split.chunks as ChunkReference[]) {
    results.push({ status: "success", data: dataOf(await runDeclared(analyseChunk, { chunk }, context)), error: null });
  }
  const built = dataOf(await buildReport({ documents: split.documents, results }, nextTask(context, 40)));
  return { inspected, split, built, results };
}

let once: ReturnType<typeof analyseSamples> | undefined;

/** The analysed samples, ready to be published by a new job of the client. */
async function analysedSamples(clientId: number) {
  once ??= analyseSamples();
  const stores = {
    reports: createReportWriter(opened.db),
    documents: createDocumentStore(opened.pool, null),
  };
  const context = await taskContext({ jobId: await jobOf(clientId), stores }, folder);
  return { ...(await once), context };
}

function publishParams({ built, split }: Awaited<ReturnType<typeof analysedSamples>>) {
  return { report: built.report, analysis_blob: built.analysis_blob, chunks_blob: split.chunks_blob };
}

describe("the way of the documents", () => {
  it("ends in a report that can be read and searched", async () => {
    const analysed = await analysedSamples(7);
    expect(analysed.inspected).toMatchObject({ file_count: 4, unsupported: 0, too_large: 0, problems: [] });
    const report = analysed.built.report as ReportSummary;
    expect(report.totals).toMatchObject({ files: 4, pages: 6, failed_chunks: 0, chunks: analysed.split.chunk_count });
    expect(report.languages.map(({ language }) => language)).toEqual(["en", "es"]);
    expect(report.personal_data.by_kind).toEqual({ email: 4, iban: 2, card: 1, national_id: 1, ip: 1, phone: 2 });
    expect(report.files.map(({ name, language }) => [name, language])).toEqual([
      ["harbour-handbook.pdf", "en"],
      ["berth-allocation.md", "en"],
      ["lighthouse-notice.html", "en"],
      ["reglamento-del-puerto.txt", "es"],
    ]);

    const params = { ...publishParams(analysed), decided_by: "ana@example.com", comment: "Fine <b>now</b>" };
    const published = dataOf(await publishReport(params, analysed.context));
    expect(published).toEqual({ report_id: expect.any(String), url: `/reports/${published.report_id}` });
    const { documents, chunk_characters } = analysed.split;
    for (const { file, text_blob, pages, characters } of documents as ExtractedDocumentData[]) {
      const text = { text_blob, pages, characters, chunk_characters };
      await runDeclared(
        processDocument,
        { document_id: file, workspace_id: published.report_id, ...text },
        analysed.context,
      );
    }
    const hashes = (table: string, id: string) =>
      opened.pool.query(`select encode(text_hash, 'hex') as hash from ${table} where ${id} = $1 order by 1`, [
        published.report_id,
      ]);
    // The same passages, so that what is embedded for the one is for the other.
    expect((await hashes("document_chunks", "workspace_id")).rows).toEqual(
      (await hashes("report_chunks", "report_id")).rows,
    );
    const id = String(published.report_id);
    expect(await readReport(opened.db, id, 7)).toMatchObject({
      jobId: analysed.context.jobId,
      title: "Harbour handbook and 3 more",
      summary: report,
      decidedBy: "ana@example.com",
      comment: "Fine <b>now</b>",
      createdAt: expect.any(Date),
    });
    const chunks = await readReportChunks(opened.db, { reportId: id, afterNo: -1, limit: 200 });
    expect(chunks.map(({ no }) => no)).toEqual(analysed.results.map((_, index) => index));
    expect(chunks.map(({ analysis }) => analysis)).toEqual(analysed.results.map(({ data }) => data));
  });

  it("takes results instead of the analysis, and a chunk without one", async () => {
    const analysed = await analysedSamples(7);
    const results = [{ status: "failure", data: null, error: { code: "X" } }, ...analysed.results.slice(1)];
    const { report, chunks_blob } = publishParams(analysed);
    const { report_id } = dataOf(
      await publishReport({ report, chunks_blob, results, title: "Mine" }, analysed.context),
    );
    const [first, second] = await readReportChunks(opened.db, { reportId: String(report_id), afterNo: -1, limit: 2 });
    expect([first?.analysis, first?.language, second?.language]).toEqual([null, "und", "en"]);
    expect((await readReport(opened.db, String(report_id), null))?.title).toBe("Mine");
  });
});

describe("publishing", () => {
  it("happens once, however often and at the same time it is tried", async () => {
    const analysed = await analysedSamples(7);
    const attempts = Array.from({ length: 4 }, () => publishReport(publishParams(analysed), analysed.context));
    const ids = new Set((await Promise.all(attempts)).map((result) => dataOf(result).report_id));
    expect(ids.size).toBe(1);
    const { rows } = await opened.pool.query(
      "select (select count(*)::int from reports where job_id = $1) as reports, count(*)::int as chunks from report_chunks where report_id = $2",
      [analysed.context.jobId, [...ids][0]],
    );
    expect(rows).toEqual([{ reports: 1, chunks: analysed.split.chunk_count }]);
  });

  it("is all or nothing: a chunk store that breaks in the middle leaves no report", async () => {
    const analysed = await analysedSamples(7);
    const foreign = await store(analysed.context, "chunks.txt", '{"no":0,"file":"elsewhere","page":1,"text":"x"}\n');
    const work = publishReport({ ...publishParams(analysed), chunks_blob: foreign.id }, analysed.context);
    await expect(work).rejects.toThrow("belongs to another report");
    expect(await readReportOfJob(opened.db, analysed.context.jobId, null)).toBeNull();
    expect(await publishReport(publishParams(analysed), analysed.context)).toHaveProperty("data.report_id");
  });

  it("refuses a job that does not exist and parameters that do not fit", async () => {
    const analysed = await analysedSamples(7);
    const stranger: TestContext = { ...analysed.context, jobId: randomUUID() };
    await expect(publishReport(publishParams(analysed), stranger)).rejects.toThrow("There is no job");
    await expect(publishReport({ report: {}, chunks_blob: "x" }, stranger)).rejects.toMatchObject({
      code: "INVALID_INPUT_ERROR",
    });
  });

  it("stores text that Postgres would refuse without its unstorable characters", async () => {
    const analysed = await analysedSamples(7);
    const report = analysed.built.report as ReportSummary;
    const file = report.files[0]?.file;
    const line = JSON.stringify({ no: 0, file, page: 1, text: "harbour\0 \u0002zebra\u0003 \ud800 crane" });
    const chunks = await store(analysed.context, "c.txt", `${line}\n`);
    const params = { ...publishParams(analysed), chunks_blob: chunks.id, comment: "a\0b" };
    const { report_id } = dataOf(await publishReport(params, analysed.context));
    const [hit] = await searchReports(opened.db, { owner: 7, reportId: String(report_id), query: "crane", limit: 5 });
    const marked = hit?.passages.flat().filter((fragment) => fragment.hit);
    expect(marked).toEqual([{ text: "crane", hit: true }]);
  });
});

describe("searching", () => {
  let ours: string;
  let theirs: string;

  beforeAll(async () => {
    await opened.pool.query("delete from reports");
    const [first, second] = [await analysedSamples(7), await analysedSamples(8)];
    ours = String(dataOf(await publishReport(publishParams(first), first.context)).report_id);
    theirs = String(dataOf(await publishReport(publishParams(second), second.context)).report_id);
  });

  const search = (query: string, owner: number | null = 7) => searchReports(opened.db, { owner, query, limit: 50 });

  it.each([
    ["crane", "harbour-handbook.pdf"],
    ["cranes stopping", "harbour-handbook.pdf"],
    ["grúas", "reglamento-del-puerto.txt"],
    ["embarcación asignada atraque", "reglamento-del-puerto.txt"],
    ['"tide table"', "harbour-handbook.pdf"],
    ["lighthouse -breakwater lamp OR golondrina", "berth-allocation.md"],
  ])("finds %j in its language", async (query, fileName) => {
    expect((await search(query)).map((hit) => hit.fileName)).toContain(fileName);
  });

  it.each([[""], ["the"], ["xyzzy"], ["'; drop table reports; --"], ["\0"], ["((("], ["a".repeat(5000)]])(
    "finds nothing for %j, without an error",
    async (query) => {
      expect(await search(query)).toEqual([]);
    },
  );

  it("marks hits as fragments that make up the text, never as HTML", async () => {
    const [hit] = await search("refrigerated containers");
    const fragments = hit?.passages.flat() ?? [];
    expect(fragments.filter((fragment) => fragment.hit).map(({ text }) => text.toLowerCase())).toContain(
      "refrigerated",
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the marks must be gone
    expect(fragments.map(({ text }) => text).join("")).not.toMatch(/[\u0002-\u0004]|<b>/);
  });

  it("shows a client its own reports and operators all", async () => {
    expect(new Set((await search("crane")).map((hit) => hit.reportId))).toEqual(new Set([ours]));
    expect(new Set((await search("crane", null)).map((hit) => hit.reportId))).toEqual(new Set([ours, theirs]));
    expect(await searchReports(opened.db, { owner: 7, query: "crane", reportId: theirs, limit: 5 })).toEqual([]);
    expect(await readReport(opened.db, theirs, 7)).toBeNull();
    expect((await listReports(opened.db, { owner: 8, limit: 10 })).map(({ id }) => id)).toEqual([theirs]);
  });

  it("lists newest first and goes on after the last", async () => {
    const all = await listReports(opened.db, { owner: null, limit: 10 });
    expect(all.map(({ id }) => id)).toEqual([theirs, ours]);
    expect(all[0]?.totals.files).toBe(4);
    expect((await listReports(opened.db, { owner: null, before: theirs, limit: 10 })).map(({ id }) => id)).toEqual([
      ours,
    ]);
  });

  it("can use the full-text index", async () => {
    const client = await opened.pool.connect();
    try {
      await client.query("begin; set local enable_seqscan = off");
      const { rows } = await client.query(
        "explain select 1 from report_chunks where search @@ websearch_to_tsquery('english', 'crane')",
      );
      expect(JSON.stringify(rows)).toContain("report_chunks_search");
    } finally {
      await client.query("rollback");
      client.release();
    }
  });
});
