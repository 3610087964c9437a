import { BlobError, type BlobStore } from "./blob-store";
import { type JobFiles, parseLocalFileUri } from "./job-files";

/** The same store, whose `ofJob` also gives the files of a job. */
export function withJobFiles(files: BlobStore, jobFiles: JobFiles): BlobStore {
  return {
    put: (source, options) => files.put(source, options),
    open: (id, range) => files.open(id, range),
    stat: (id) => files.stat(id),
    delete: (id) => files.delete(id),
    ofJob: (jobId) => filesOfJob(files, jobFiles, jobId),
  };
}

/**
 * The blob store as a task of one job sees it: where an id is wanted, the URI of one of this job's files does as well. A URI
 * of another job is, for this one, of no file.
 */
export function filesOfJob(files: BlobStore, jobFiles: JobFiles, jobId: string): BlobStore {
  const named = (id: string): string | null => {
    if (!id.startsWith("batuta:")) return null;
    const file = parseLocalFileUri(id);
    if (file?.jobId !== jobId) throw new BlobError("BLOB_NOT_FOUND", "The job has no such file.");
    return file.name;
  };
  return {
    put: (source, options) => files.put(source, options),
    async open(id, range) {
      const name = named(id);
      return name === null ? files.open(id, range) : jobFiles.open(jobId, name, range);
    },
    async stat(id) {
      const name = named(id);
      return name === null ? files.stat(id) : { ...(await jobFiles.stat(jobId, name)), id, owner: `job:${jobId}` };
    },
    async delete(id) {
      const name = named(id);
      return name === null ? files.delete(id) : jobFiles.delete(jobId, name);
    },
  };
}
