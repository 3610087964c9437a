import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  BlobError,
  type BlobSource,
  type BlobStore,
  type ByteRange,
  blobNotFound,
  DEFAULT_MAX_BYTES,
  type PutOptions,
  type StoredBlob,
} from "@/server/files/blob-store";
import { cleanFileName } from "@/server/files/file-name";
import { MeasuredStream } from "@/server/files/measured-stream";

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Blobs in a folder that several processes of one machine share: `<root>/<first two of id>/<id>` is the content and
 * `<id>.json` beside it tells about it; a blob exists when its `.json` does. Both are written to `<root>/incoming`,
 * synced and renamed, so a reader never sees half a file and a crash leaves nothing but a temporary one.
 */
export class LocalBlobStore implements BlobStore {
  /** `incoming`: of the same file system as `root`. */
  constructor(
    private readonly root: string,
    private readonly incoming = join(root, "incoming"),
  ) {}

  /** The id that a put with this key gives. */
  static idOf(key: string): string {
    return idFromKey(key);
  }

  /** All blobs, in no order; for stores that hold few. */
  async list(): Promise<StoredBlob[]> {
    const entries = await readdir(this.root, { recursive: true }).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    const ids = entries.flatMap((entry) => /([0-9a-f-]{36})\.json$/.exec(entry)?.[1] ?? []);
    const found = await Promise.all(
      ids.map((id) =>
        this.stat(id).catch((error: unknown) => {
          // Deleted in this moment, or still under way below `incoming`.
          if (error instanceof BlobError && error.code === "BLOB_NOT_FOUND") return null;
          throw error;
        }),
      ),
    );
    return found.filter((blob) => blob !== null);
  }

  async put(source: BlobSource, options: PutOptions): Promise<StoredBlob> {
    const name = cleanFileName(options.name);
    const id = options.key === undefined ? randomUUID() : idFromKey(options.key);
    const temporary = join(this.incoming, `${id}.${randomUUID()}`);
    const measured = new MeasuredStream(
      { name, contentType: options.contentType },
      options.maxBytes ?? DEFAULT_MAX_BYTES,
    );
    await mkdir(this.incoming, { recursive: true, mode: 0o700 });
    try {
      await writeSynced(temporary, (file) => pipeline(Readable.from(source), measured, writeTo(file)));
      const blob: StoredBlob = {
        id,
        name,
        ...measured.measurement(),
        contentType: options.contentType ?? "application/octet-stream",
        owner: options.owner,
        createdAt: new Date().toISOString(),
      };
      await writeSynced(`${temporary}.json`, (file) => file.writeFile(JSON.stringify(blob)));
      await this.keep(id, temporary);
      return blob;
    } catch (error) {
      await Promise.all([rm(temporary, { force: true }), rm(`${temporary}.json`, { force: true })]);
      throw error;
    }
  }

  async open(id: string, range?: ByteRange): Promise<Readable> {
    const file = await open(this.path(id), constants.O_RDONLY).catch((error: unknown) => {
      throw isMissing(error) ? blobNotFound(id, error) : error;
    });
    if (!range) return file.createReadStream();
    const { size } = await file.stat();
    if (!isInside(range, size)) {
      await file.close();
      throw new BlobError(
        "BLOB_RANGE_INVALID",
        `Bytes ${range.offset}+${range.length} are not in blob ${id} of ${size} bytes.`,
      );
    }
    if (range.length === 0) {
      await file.close();
      return Readable.from([]);
    }
    return file.createReadStream({ start: range.offset, end: range.offset + range.length - 1 });
  }

  async stat(id: string): Promise<StoredBlob> {
    try {
      return JSON.parse(await readFile(`${this.path(id)}.json`, "utf8")) as StoredBlob;
    } catch (error) {
      throw isMissing(error) ? blobNotFound(id, error) : error;
    }
  }

  async delete(id: string): Promise<boolean> {
    const path = this.path(id);
    try {
      await rm(`${path}.json`);
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    await rm(path, { force: true });
    return true;
  }

  /** Removes what crashed puts left behind; answers how many files. Age in milliseconds, so that running puts are left alone. */
  async removeStaleUploads(olderThanMs = 60 * 60 * 1000, now = Date.now()): Promise<number> {
    await mkdir(this.incoming, { recursive: true, mode: 0o700 });
    let removed = 0;
    for (const entry of await readdir(this.incoming)) {
      const path = join(this.incoming, entry);
      const found = await stat(path).catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      });
      if (!found || now - found.mtimeMs < olderThanMs) continue;
      await rm(path, { force: true });
      removed += 1;
    }
    return removed;
  }

  private async keep(id: string, temporary: string): Promise<void> {
    const path = this.path(id);
    const folder = join(this.root, id.slice(0, 2));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rename(temporary, path);
    await rename(`${temporary}.json`, `${path}.json`);
    // Without this a power cut could forget the names of files whose bytes are safe.
    const handle = await open(folder, constants.O_RDONLY);
    await handle.sync().finally(() => handle.close());
  }

  /** The id is the only part of a path that a caller chooses, so its form is checked before it becomes one. */
  private path(id: string): string {
    if (!ID.test(id)) throw blobNotFound(id);
    return join(this.root, id.slice(0, 2), id);
  }
}

async function writeSynced(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A stream into an open file that leaves closing (after the sync) to the caller. */
function writeTo(file: FileHandle): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      file.writeFile(chunk).then(() => done(), done);
    },
  });
}

function idFromKey(key: string): string {
  const hex = createHash("sha256").update(key).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

function isInside(range: ByteRange, size: number): boolean {
  const { offset, length } = range;
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
