import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Readable } from "node:stream";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { longHandbook } from "@/samples/handbook";
import { makePdf } from "@/samples/make-pdf";
import { childEntry } from "@/server/tasks/extract/child-entry";
import type { ExtractionMessage } from "@/server/tasks/extract/extracted-document";
import { extractionLimits, runExtraction } from "@/server/tasks/extract/run-extraction";
import { extractText, extractWithin } from "@/server/tasks/extract-text";
import { blobText, dataOf, sample, store, taskContext } from "@/test/tasks/task-context";

const onLinux = process.platform === "linux";

/** Process ids of this process's children, zombies included. */
function children(): number[] {
  if (onLinux) {
    return readdirSync("/proc/self/task").flatMap((thread) =>
      readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  }
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" }).split("\n");
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return rows.filter(([, parent, name]) => Number(parent) === process.pid && name !== "ps").map(([pid]) => Number(pid));
}

/** The reader must never outlive its task, however the task ends. */
async function leavesNoChild(work: () => Promise<unknown>): Promise<void> {
  const before = children();
  await work();
  expect(children().filter((pid) => !before.includes(pid))).toEqual([]);
}

const whole = new AbortController().signal;

// Made from its sources once, before any time is taken.
beforeAll(() => {
  childEntry();
});
afterEach(() => vi.unstubAllEnvs());

describe("extract_text reads", () => {
  it("a PDF page by page, with progress", async () => {
    const context = await taskContext();
    const blob = await store(context, "harbour-handbook.pdf", await readFile(sample("harbour-handbook.pdf")));
    const data = dataOf(await extractText({ file: blob.id }, context));
    expect(data).toMatchObject({ file: blob.id, type: "application/pdf", pages: 3, title: "Harbour handbook" });
    const lines = (await blobText(context, data.text_blob)).trim().split("\n");
    const pages = lines.map((line) => JSON.parse(line) as { page: number; text: string });
    expect(pages.map(({ page }) => page)).toEqual([1, 2, 3]);
    expect(pages[1]?.text).toMatch(/^Harbour handbook, part two: cargo\n\nCargo is unloaded .*\ncontainers come first/);
    expect(data.characters).toBe(pages.reduce((sum, { text }) => sum + text.length, 0));
    expect(context.told.map(({ fraction }) => fraction)).toEqual([1 / 3, 2 / 3, 1]);
    expect(context.told.at(-1)?.message).toBe("harbour-handbook.pdf: page 3 of 3");
  });

  it.each([
    ["lighthouse-notice.html", "Notice: works at the lighthouse", /Tomás Ribera/, /font-family|document\.title|<|&/],
    [
      "berth-allocation.md",
      "How berths are given out",
      /\*? ?passengers_waiting[\s\S]*Golondrina\s340/,
      /\*\*|##|---|mailto/,
    ],
    ["reglamento-del-puerto.txt", undefined, /^Reglamento del puerto\n\nArtículo primero/, /\r|\t/],
  ])("%s", async (name, title, has, hasNot) => {
    const context = await taskContext();
    const blob = await store(context, name, await readFile(sample(name)));
    const data = dataOf(await extractText({ file: blob.id }, context));
    const { text } = JSON.parse(await blobText(context, data.text_blob)) as { text: string };
    expect(data).toMatchObject({ name, pages: 1 });
    expect(data.title).toBe(title);
    expect(text).toMatch(has);
    expect(text).not.toMatch(hasNot);
  });

  it("300 pages, and repeats itself into the same blob", async () => {
    const context = await taskContext();
    const blob = await store(context, "long.pdf", await makePdf("Long", longHandbook(300)));
    const first = dataOf(await extractText({ file: { id: blob.id } }, context));
    expect(first.pages).toBe(300);
    expect(context.told).toHaveLength(300);
    const again = dataOf(await extractText({ file: blob.id }, { ...context, attempt: 2 }));
    expect(again).toEqual(first);
  });
});

describe("extract_text refuses", () => {
  const refusals: [string, () => Promise<Uint8Array | string>, RegExp][] = [
    ["damaged.pdf", () => readFile(sample("damaged.pdf")), /^Page 2 of "damaged\.pdf" cannot be read: .*damaged/],
    ["encrypted.pdf", () => readFile(sample("encrypted.pdf")), /^"encrypted\.pdf" is encrypted and needs a password/],
    ["mislabelled.pdf", () => readFile(sample("mislabelled.pdf")), /"mislabelled\.pdf" claims to be PDF .* HTML/],
    [
      "truncated.pdf",
      async () => (await readFile(sample("harbour-handbook.pdf"))).subarray(0, 2500),
      /^"truncated\.pdf" cannot be read: .*damaged/,
    ],
    ["header.pdf", async () => "%PDF-1.7\n", /^"header\.pdf" cannot be read/],
    [
      "scan.pdf",
      () =>
        makePdf("Scan", [
          { heading: "", paragraphs: [] },
          { heading: "", paragraphs: [] },
        ]),
      /no text in any of the 2 pages of "scan\.pdf".*scan/,
    ],
    ["blank.html", async () => "<!doctype html><script>let x = 1</script>", /no text in "blank\.html"/],
    ["picture.png", async () => Buffer.from("89504e470d0a1a0a00", "hex"), /"picture\.png" is image\/png/],
  ];

  it.each(refusals)("%s", async (name, content, message) => {
    const context = await taskContext();
    const blob = await store(context, name, await content());
    await leavesNoChild(async () => {
      await expect(extractText({ file: blob.id }, context)).rejects.toMatchObject({
        code: "PERMANENT_ERROR",
        message: expect.stringMatching(message),
      });
    });
  });

  it("an unknown file and a missing parameter, naming the field", async () => {
    const context = await taskContext();
    const unknown = extractText({ file: "../../etc/passwd" }, context);
    await expect(unknown).rejects.toMatchObject({
      code: "INVALID_INPUT_ERROR",
      message: expect.stringMatching(/^file: /),
    });
    await expect(extractText({}, context)).rejects.toMatchObject({
      code: "INVALID_INPUT_ERROR",
      details: [expect.stringMatching(/^file: /)],
    });
  });

  it.each([
    [{ maxPages: 2 }, /"h\.pdf" is too long: 3 pages, at most 2/],
    [{ maxCharacters: 1500 }, /"h\.pdf" is too long: more than 1500 characters/],
  ])("more than its limits %j", async (limits, message) => {
    const context = await taskContext();
    const blob = await store(context, "h.pdf", await readFile(sample("harbour-handbook.pdf")));
    const work = extractWithin({ ...extractionLimits, ...limits }, { file: blob.id }, context);
    await expect(work).rejects.toMatchObject({ code: "PERMANENT_ERROR", message: expect.stringMatching(message) });
  });
});

describe("the reader's process", () => {
  /** A document of which the end never comes. */
  const endless = () => new Readable({ read: () => undefined });

  async function collect(messages: AsyncIterable<ExtractionMessage>): Promise<ExtractionMessage[]> {
    const all: ExtractionMessage[] = [];
    for await (const message of messages) all.push(message);
    return all;
  }

  it("is killed when its time is over", async () => {
    await leavesNoChild(async () => {
      const work = collect(runExtraction(endless(), "text/plain", whole, { ...extractionLimits, wallMs: 700 }));
      await expect(work).rejects.toMatchObject({ end: "timeout" });
    });
  });

  it("is killed while it computes, and the task says which file it was", async () => {
    const context = await taskContext();
    const blob = await store(context, "tags.html", `<!doctype html>${"<p>word</p>".repeat(4_000_000)}`);
    await leavesNoChild(async () => {
      const work = extractWithin({ ...extractionLimits, wallMs: 700 }, { file: blob.id }, context);
      await expect(work).rejects.toMatchObject({
        code: "TIMEOUT_ERROR",
        message: 'Reading "tags.html" was stopped: not read within 0.7 s.',
      });
    });
  });

  it.runIf(onLinux)("is killed when it takes more memory than it may", async () => {
    await leavesNoChild(async () => {
      const work = collect(runExtraction(endless(), "text/plain", whole, { ...extractionLimits, processMb: 20 }));
      await expect(work).rejects.toMatchObject({ end: "memory", message: "needs more than 20 MiB of memory" });
    });
  });

  it("ends by itself when its heap is full", async () => {
    const context = await taskContext();
    const blob = await store(context, "tags.html", `<!doctype html>${"<p>word</p>".repeat(1_500_000)}`);
    await leavesNoChild(async () => {
      const work = extractWithin({ ...extractionLimits, heapMb: 48 }, { file: blob.id }, context);
      await expect(work).rejects.toMatchObject({
        code: "PERMANENT_ERROR",
        message: expect.stringMatching(/"tags\.html" was stopped: it needs more than 48 MiB/),
      });
    });
  });

  it("is killed on abort", async () => {
    const stop = new AbortController();
    const context = await taskContext({ signal: stop.signal });
    const blob = await store(context, "long.pdf", await makePdf("Long", longHandbook(40)));
    const aborting = { ...context, progress: () => stop.abort() };
    await leavesNoChild(async () => {
      await expect(extractText({ file: blob.id }, aborting)).rejects.toMatchObject({ code: "TRANSIENT_ERROR" });
    });
  });

  it("waits in line behind a few others, and leaves the line on abort", async () => {
    const crowd = availableParallelism() + 4;
    const stop = new AbortController();
    const before = children();
    const readings = Array.from({ length: crowd }, () => collect(runExtraction(endless(), "text/plain", stop.signal)));
    const ends = Promise.allSettled(readings);
    await vi.waitFor(() => expect(children().length).toBeGreaterThan(before.length), { timeout: 60_000 });
    expect(children().length - before.length).toBeLessThan(crowd);
    stop.abort();
    const reasons = (await ends).map((end) => (end.status === "rejected" ? end.reason.end : end.status));
    expect(reasons).toEqual(Array.from({ length: crowd }, () => "aborted"));
    expect(children()).toEqual(before);
    const next = await collect(runExtraction(Readable.from([Buffer.from("free again")]), "text/plain", whole));
    expect(next.at(-1)).toEqual({ kind: "end" });
  });

  it("is killed when nobody listens any more", async () => {
    await leavesNoChild(async () => {
      const messages = runExtraction(
        Readable.from([await makePdf("Long", longHandbook(40))]),
        "application/pdf",
        whole,
      );
      expect((await messages.next()).value).toMatchObject({ kind: "start", pageCount: 40 });
      await messages.return(undefined);
    });
  });

  it("passes an error of the source on, and does not call the document damaged", async () => {
    async function* broken() {
      yield Buffer.from("%PDF-1.7\n");
      throw new Error("disk gone");
    }
    await leavesNoChild(async () => {
      await expect(collect(runExtraction(Readable.from(broken()), "application/pdf", whole))).rejects.toThrow(
        "disk gone",
      );
    });
  });

  it.runIf(onLinux)("is given nothing of the environment", async () => {
    vi.stubEnv("DATABASE_URL", "postgres://canary");
    const before = children();
    const messages = runExtraction(Readable.from([await makePdf("Long", longHandbook(40))]), "application/pdf", whole);
    await messages.next();
    const [pid] = children().filter((child) => !before.includes(child));
    const environment = await readFile(`/proc/${pid}/environ`, "utf8");
    expect(environment.split("\0").filter((entry) => entry !== "" && !/^(PWD|OLDPWD|SHLVL|_)=/.test(entry))).toEqual(
      [],
    );
    await messages.return(undefined);
  });
});
