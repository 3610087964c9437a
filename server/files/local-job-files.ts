import { join } from "node:path";
import { BlobError, type BlobStore, type StoredBlob } from "./blob-store";
import { type FileOwnership, withJobFiles } from "./files-of-job";
import { type JobFile, type JobFiles, localFileUri, ROOM_PER_JOB } from "./job-files";
import { LocalBlobStore } from "./local-blob-store";

const JOB = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Files of jobs in the folder of the blobs: `<root>/jobs/<last two of the job>/<job>` is a blob store of its own, where the
 * id of a file is made of its name. So no name ever becomes a path.
 */
export class LocalJobFiles implements JobFiles {
  constructor(
    private readonly root: string,
    private readonly room = ROOM_PER_JOB,
  ) {}

  async put(
    jobId: string,
    name: string,
    source: Parameters<JobFiles["put"]>[2],
    options: Parameters<JobFiles["put"]>[3],
  ) {
    const store = this.storeOf(jobId);
    const others = (await store.list()).filter((file) => file.name !== name);
    const taken = others.reduce((sum, file) => sum + file.size, 0);
    const room = this.room.bytes - taken;
    if (others.length >= this.room.files || room <= 0)
      throw new BlobError("JOB_FILES_FULL", "The job has no room for another file; delete some or use another job.");
    const { maxBytes, contentType } = options;
    const put = { name, key: name, contentType, maxBytes: Math.min(maxBytes, room), owner: `job:${jobId}` };
    return fileOf(await store.put(source, put));
  }

  async stat(jobId: string, name: string) {
    return fileOf(await named(name, () => this.storeOf(jobId).stat(LocalBlobStore.idOf(name))));
  }

  open(jobId: string, name: string, range?: Parameters<JobFiles["open"]>[2]) {
    return named(name, () => this.storeOf(jobId).open(LocalBlobStore.idOf(name), range));
  }

  async list(jobId: string) {
    const files = await this.storeOf(jobId).list();
    return files.map(fileOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  delete(jobId: string, name: string) {
    return this.storeOf(jobId).delete(LocalBlobStore.idOf(name));
  }

  uri(jobId: string, name: string) {
    return localFileUri(jobId, name);
  }

  private storeOf(jobId: string): LocalBlobStore {
    if (!JOB.test(jobId)) throw new BlobError("BLOB_NOT_FOUND", "There is no such job.");
    return new LocalBlobStore(join(this.root, "jobs", jobId.slice(-2), jobId), join(this.root, "incoming"));
  }
}

/** Blobs and files of jobs in one folder, as workers of this machine see them; `ownership` as of `withJobFiles`. */
export function localFiles(root: string, ownership: FileOwnership | null): BlobStore {
  return withJobFiles(new LocalBlobStore(root), new LocalJobFiles(root), ownership);
}

function fileOf({ id: _, owner: __, ...file }: StoredBlob): JobFile {
  return file;
}

/** Who asks knows the name, not the id that is made of it. */
async function named<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BlobError) || error.code !== "BLOB_NOT_FOUND") throw error;
    throw new BlobError("BLOB_NOT_FOUND", `The job has no file ${JSON.stringify(name)}.`, { cause: error });
  }
}
