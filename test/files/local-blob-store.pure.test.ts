import { createHash } from "node:crypto";
import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { LocalBlobStore } from "@/server/files/local-blob-store";
import { storeDocument } from "@/server/files/store-document";
import { temporaryFolder } from "@/test/tasks/task-context";

async function emptyStore() {
  const root = await temporaryFolder();
  return { root, files: new LocalBlobStore(root) };
}

const bytes = (text: string) => [Buffer.from(text)];
const remains = async (root: string) =>
  (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;

describe("local blob store", () => {
  it("gives back what was put, with size, hash and type", async () => {
    const { files } = await emptyStore();
    const content = Buffer.alloc(300_000, "harbour ");
    const put = await files.put(Readable.from([content.subarray(0, 7), content.subarray(7)]), {
      name: "log.txt",
      contentType: "text/plain",
      owner: "client-7",
    });
    expect(put).toMatchObject({ name: "log.txt", size: 300_000, detectedType: "text/plain", owner: "client-7" });
    expect(put.sha256).toBe(createHash("sha256").update(content).digest("hex"));
    expect(await files.stat(put.id)).toEqual(put);
    expect(content.equals(await buffer(await files.open(put.id)))).toBe(true);
  });

  it("reads a range, and refuses one outside", async () => {
    const { files } = await emptyStore();
    const { id } = await files.put(bytes("0123456789"), { name: "n.txt" });
    const part = async (offset: number, length: number) =>
      String(await buffer(await files.open(id, { offset, length })));
    expect(await part(2, 3)).toBe("234");
    expect(await part(9, 1)).toBe("9");
    expect(await part(10, 0)).toBe("");
    for (const [offset, length] of [
      [8, 3],
      [-1, 2],
      [0, -1],
      [0.5, 1],
      [Number.NaN, 1],
      [11, 0],
    ] as const) {
      await expect(files.open(id, { offset, length })).rejects.toMatchObject({ code: "BLOB_RANGE_INVALID" });
    }
  });

  it("breaks off above the limit and leaves nothing behind", async () => {
    const { root, files } = await emptyStore();
    let pulled = 0;
    async function* endless() {
      for (;;) {
        pulled += 1;
        yield Buffer.alloc(1000, "x");
      }
    }
    const put = files.put(endless(), { name: "big.txt", maxBytes: 5000 });
    await expect(put).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
      message: '"big.txt" is larger than 5000 bytes.',
    });
    expect(pulled).toBeLessThan(200);
    expect(await remains(root)).toBe(0);
    expect((await files.put([Buffer.alloc(5000, "x")], { name: "fits.txt", maxBytes: 5000 })).size).toBe(5000);
  });

  it("leaves nothing behind when the sender goes away", async () => {
    const { root, files } = await emptyStore();
    async function* broken() {
      yield Buffer.from("half of");
      throw new Error("connection reset");
    }
    await expect(files.put(broken(), { name: "a.txt" })).rejects.toThrow("connection reset");
    expect(await remains(root)).toBe(0);
  });

  it("replaces its own blob when a key is given again, and only that", async () => {
    const { root, files } = await emptyStore();
    const first = await files.put(bytes("one"), { name: "a.txt", key: "job.1:text" });
    const second = await files.put(bytes("two"), { name: "a.txt", key: "job.1:text" });
    const other = await files.put(bytes("three"), { name: "a.txt", key: "job.2:text" });
    expect(second.id).toBe(first.id);
    expect(other.id).not.toBe(first.id);
    expect(String(await buffer(await files.open(first.id)))).toBe("two");
    expect(await remains(root)).toBe(4);
  });

  it.each([
    "../../etc/passwd",
    "..",
    "",
    "a/b",
    "00000000-0000-4000-8000-00000000000G",
    "00000000-0000-4000-8000-000000000000",
  ])("knows no file %j", async (id) => {
    const { files } = await emptyStore();
    for (const ask of [files.open(id), files.stat(id)]) {
      await expect(ask).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
    }
  });

  it("deletes once", async () => {
    const { root, files } = await emptyStore();
    const { id } = await files.put(bytes("x"), { name: "a.txt" });
    expect([await files.delete(id), await files.delete(id)]).toEqual([true, false]);
    expect(await remains(root)).toBe(0);
  });

  it("removes what crashed puts left, but not running ones", async () => {
    const { root, files } = await emptyStore();
    expect(await files.removeStaleUploads()).toBe(0);
    const old = join(root, "incoming", "old");
    await writeFile(old, "left by a crash");
    await writeFile(join(root, "incoming", "young"), "still coming in");
    const twoHoursAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    await utimes(old, twoHoursAgo, twoHoursAgo);
    expect(await files.removeStaleUploads()).toBe(1);
    expect(await readdir(join(root, "incoming"))).toEqual(["young"]);
  });
});

describe("storing a document", () => {
  it.each([
    ["report.pdf", "<!doctype html><p>Sign in", "FILE_TYPE_MISMATCH", /"report\.pdf" claims to be PDF .* HTML/],
    ["notes.txt", "%PDF-1.7\n", "FILE_TYPE_MISMATCH", /"notes\.txt" claims to be plain text .* PDF/],
    ["notes.md", "caf\u00e9\0", "FILE_TYPE_MISMATCH", /"notes\.md" claims to be Markdown .* UTF-8/],
    ["empty.txt", "", "FILE_EMPTY", /"empty\.txt" is empty/],
  ])("refuses %s and keeps nothing", async (name, content, code, message) => {
    const { root, files } = await emptyStore();
    const error = await storeDocument(files, bytes(content), { name }).catch((refused: unknown) => refused);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await remains(root)).toBe(0);
  });

  it("keeps an honest picture unless only documents are wanted", async () => {
    const { files } = await emptyStore();
    const png = [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0])];
    expect((await storeDocument(files, png, { name: "scan.png" })).detectedType).toBe("image/png");
    await expect(storeDocument(files, png, { name: "scan.png", supportedOnly: true })).rejects.toMatchObject({
      code: "FILE_TYPE_UNSUPPORTED",
      message: expect.stringContaining('"scan.png" is image/png'),
    });
  });
});
