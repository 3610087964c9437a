import { readdir } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { fileLinks } from "@/server/files/file-links";
import { jobFileName } from "@/server/files/job-file-name";
import { localFileUri, parseLocalFileUri } from "@/server/files/job-files";
import { LocalJobFiles, localFiles } from "@/server/files/local-job-files";
import { encodingFor } from "@/server/http/compress-answer";
import { temporaryFolder } from "@/test/tasks/task-context";

const JOB = "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b";
const OTHER = "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4c";
const bytes = (text: string) => [Buffer.from(text)];
const limit = { maxBytes: 1_000 };

test("files are found by job and name, replaced by the same name, and listed by name", async () => {
  const files = new LocalJobFiles(await temporaryFolder());
  expect(await files.list(JOB)).toEqual([]);
  await files.put(JOB, "b.txt", bytes("first"), limit);
  await files.put(JOB, "b.txt", bytes("second"), { ...limit, contentType: "text/plain" });
  await files.put(JOB, "a.txt", bytes("x"), limit);
  expect((await files.list(JOB)).map(({ name, size }) => [name, size])).toEqual([
    ["a.txt", 1],
    ["b.txt", 6],
  ]);
  expect(await files.stat(JOB, "b.txt")).toMatchObject({ size: 6, contentType: "text/plain" });
  expect(String(await buffer(await files.open(JOB, "b.txt", { offset: 1, length: 2 })))).toBe("ec");
  await expect(files.stat(OTHER, "b.txt")).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
  expect([await files.delete(JOB, "b.txt"), await files.delete(JOB, "b.txt")]).toEqual([true, false]);
});

test("a put that is too large leaves nothing, and a full job takes no more", async () => {
  const root = await temporaryFolder();
  const files = new LocalJobFiles(root);
  await expect(files.put(JOB, "large", bytes("x".repeat(1_001)), limit)).rejects.toMatchObject({
    code: "FILE_TOO_LARGE",
  });
  const left = await readdir(root, { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => entry.isFile())).toEqual([]);
  for (const room of [
    { files: 2, bytes: 1_000 },
    { files: 9, bytes: 2 },
  ]) {
    const small = new LocalJobFiles(await temporaryFolder(), room);
    await small.put(JOB, "one", bytes("1"), limit);
    await small.put(JOB, "two", bytes("2"), limit);
    await expect(small.put(JOB, "three", bytes("3"), limit)).rejects.toMatchObject({ code: "JOB_FILES_FULL" });
    expect((await small.put(JOB, "two", bytes("4"), limit)).size).toBe(1);
  }
});

test("a task reads the files of its own job by their URIs, and nobody else's", async () => {
  const root = await temporaryFolder();
  await new LocalJobFiles(root).put(JOB, "a b.txt", bytes("mine"), limit);
  const uri = localFileUri(JOB, "a b.txt");
  const store = localFiles(root, null);
  const mine = store.ofJob?.(JOB);
  expect(String(await buffer((await mine?.open(uri)) as never))).toBe("mine");
  expect(await mine?.stat(uri)).toMatchObject({ id: uri, name: "a b.txt", owner: `job:${JOB}` });
  const blob = await mine?.put(bytes("kept"), { name: "k" });
  expect(await mine?.stat(blob?.id ?? "")).toMatchObject({ size: 4 });
  for (const each of [store.ofJob?.(OTHER), store])
    await expect(each?.open(uri)).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
  expect([
    parseLocalFileUri(uri),
    parseLocalFileUri(`batuta://jobs/${JOB}/%zz`),
    parseLocalFileUri("s3://a/b"),
  ]).toEqual([{ jobId: JOB, name: "a b.txt" }, null, null]);
});

test("a task opens what its own client uploaded or its jobs made, and nothing of another's", async () => {
  const root = await temporaryFolder();
  const job = (n: number) => JOB.replace(/^.{8}/, `0000000${n}`);
  const [first, sibling, second, operators] = [job(1), job(2), job(3), job(4)];
  const clients: Record<string, number> = { [first]: 7, [sibling]: 7, [second]: 8, [operators]: 1 };
  const store = localFiles(root, { clientOf: async (job) => clients[job] ?? null, operators: 1 });
  const put = async (owner?: string) => (await store.put(bytes("x"), { name: "x", owner })).id;
  const files = {
    "the client's": await put("client:7"),
    "the other client's": await put("client:8"),
    "an operator's": await put("operator:ana"),
    "of a sibling job": await put(sibling),
    "of a job that is gone": await put(OTHER),
    "of nobody": await put(),
  };
  const readers = { first, second, operators, gone: OTHER };
  const table: Record<string, string[]> = {};
  for (const [reader, its] of Object.entries(readers)) {
    const seen = store.ofJob?.(its) as typeof store;
    const seenFiles: string[] = [];
    table[reader] = seenFiles;
    for (const [what, id] of Object.entries(files)) {
      const told = await seen.stat(id).then(
        () => true,
        (error) => error,
      );
      const opened = await seen.open(id).then(
        (bytes) => bytes.destroy() && true,
        (error) => error,
      );
      if (told === true) seenFiles.push(what);
      else {
        const absent = await seen.stat(id.replace(/^./, (sign) => (sign === "0" ? "1" : "0"))).catch((error) => error);
        expect(told.message.replace(/"[^"]*"/, "")).toBe(absent.message.replace(/"[^"]*"/, ""));
        expect(await seen.delete(id).catch((error) => error.code)).toBe("BLOB_NOT_FOUND");
      }
      expect(opened === true).toBe(told === true);
    }
  }
  expect(table).toEqual({
    first: ["the client's", "of a sibling job", "of nobody"],
    second: ["the other client's", "of nobody"],
    operators: ["an operator's", "of nobody"],
    gone: ["of a job that is gone", "of nobody"],
  });
});

test.each([
  "",
  ".",
  "..",
  "a/b",
  "a\\b",
  "a\u0000b",
  " a",
  "a.",
  "a\u202eb",
  "CON",
  "nul.txt",
  "com1",
  "é".repeat(101),
  "a\ud800",
])("the name %j is refused", (name) => {
  expect(jobFileName(name)).toHaveProperty("fault");
});

test.each([
  ["Año 1.pdf", "Año 1.pdf"],
  ["An\u0303o.pdf", "Año.pdf"],
  ["console.log", "console.log"],
  [".hidden", ".hidden"],
])("the name %j is kept as %j", (given, name) => {
  expect(jobFileName(given)).toEqual({ name });
});

test("a link is good for its method, job, name and time alone, and only with our secret", () => {
  let nowMs = 1_000_000;
  const links = fileLinks("secret", () => nowMs);
  const grant = { method: "GET", jobId: JOB, name: "a/b?c", expires: 1_060 } as const;
  const signature = new URL(`http://x${links.make(grant)}`).searchParams.get("signature") ?? "";
  expect(links.good(grant, signature)).toBe(true);
  for (const other of [{ method: "PUT" }, { jobId: OTHER }, { name: "a" }, { expires: 1_061 }] as const)
    expect(links.good({ ...grant, ...other }, signature)).toBe(false);
  expect([links.good(grant, ""), fileLinks("other", () => nowMs).good(grant, signature)]).toEqual([false, false]);
  nowMs = 1_060_000;
  expect(links.good(grant, signature)).toBe(false);
});

test.each([
  [null, undefined],
  ["", undefined],
  ["identity", undefined],
  ["gzip", "gzip"],
  ["GZIP;q=0.5, br", "br"],
  ["br;q=0, *", "gzip"],
  ["*;q=0, gzip", "gzip"],
])("Accept-Encoding %j is met with %j", (accepted, name) => {
  const found = encodingFor(accepted)?.name;
  // Where Node has zstd, it comes before all others that a star stands for.
  expect(accepted?.includes("*") && found === "zstd" ? name : found).toBe(name);
});
