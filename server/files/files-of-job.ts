import { BlobError, type BlobStore, blobNotFound, type StoredBlob } from "./blob-store";
import { type JobFiles, parseLocalFileUri } from "./job-files";

/** Whose a job is; null when there is no such job. */
export type ClientOfJob = (jobId: string) => Promise<number | null>;

/** What is kept with a file says whose it is: `client:<id>`, `operator:<id>`, or the id of the job whose task made it. */
const CLIENTS = /^client:(\d+)$/;
const OPERATORS = /^operator:/;
const JOB = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whose jobs may use files that operators uploaded. */
export interface FileOwnership {
  clientOf: ClientOfJob;
  operators: number;
}

/**
 * The same store, whose `ofJob` also gives the files of a job, and of all others only those that are its client's.
 * `ownership` null: whoever asks cannot tell whose a job is, and every id is good.
 */
export function withJobFiles(files: BlobStore, jobFiles: JobFiles, ownership: FileOwnership | null): BlobStore {
  return {
    put: (source, options) => files.put(source, options),
    open: (id, range) => files.open(id, range),
    stat: (id) => files.stat(id),
    delete: (id) => files.delete(id),
    ofJob: (jobId) => filesOfJob(files, jobFiles, jobId, ownership),
  };
}

/**
 * The blob store as a task of one job sees it: where an id is wanted, the URI of one of this job's files does as well. A URI
 * of another job, and a file of another client, are for this one of no file.
 */
export function filesOfJob(
  files: BlobStore,
  jobFiles: JobFiles,
  jobId: string,
  ownership: FileOwnership | null,
): BlobStore {
  const named = (id: string): string | null => {
    if (!id.startsWith("batuta:")) return null;
    const file = parseLocalFileUri(id);
    if (file?.jobId !== jobId) throw new BlobError("BLOB_NOT_FOUND", "The job has no such file.");
    return file.name;
  };
  const own = new Set<string>();
  /** What is told of a file; throws as if it were not there when it is not this job's to use. */
  const mine = async (id: string): Promise<StoredBlob> => {
    const blob = await files.stat(id);
    if (ownership !== null && !own.has(id) && !(await mayUse(jobId, blob.owner, ownership))) throw blobNotFound(id);
    own.add(id);
    return blob;
  };
  return {
    put: (source, options) => files.put(source, options),
    async open(id, range) {
      const name = named(id);
      if (name !== null) return jobFiles.open(jobId, name, range);
      if (!own.has(id)) await mine(id);
      return files.open(id, range);
    },
    async stat(id) {
      const name = named(id);
      return name === null ? mine(id) : { ...(await jobFiles.stat(jobId, name)), id, owner: `job:${jobId}` };
    },
    async delete(id) {
      const name = named(id);
      if (name !== null) return jobFiles.delete(jobId, name);
      await mine(id);
      return files.delete(id);
    },
  };
}

async function mayUse(
  jobId: string,
  owner: string | undefined,
  { clientOf, operators }: FileOwnership,
): Promise<boolean> {
  if (owner === undefined || owner === jobId) return true;
  const client = await clientOf(jobId);
  if (client === null) return false;
  const uploader = CLIENTS.exec(owner)?.[1];
  if (uploader !== undefined) return Number(uploader) === client;
  if (OPERATORS.test(owner)) return client === operators;
  return JOB.test(owner) && (await clientOf(owner)) === client;
}
