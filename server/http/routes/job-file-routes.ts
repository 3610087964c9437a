import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { z } from "zod";
import { MAX_FILE_BYTES } from "@/lib/api/file";
import { fileUploaded, jobFile, linkQuery, uploadLink, uploadLinkQuery } from "@/lib/api/job-file";
import { jobId } from "@/lib/api/shape";
import type { Caller } from "@/server/clients/caller";
import { ApiError, forbidden, invalidRequest, notFound } from "@/server/errors";
import type { LinkGrant } from "@/server/files/file-links";
import { jobFileName } from "@/server/files/job-file-name";
import type { JobFile } from "@/server/files/job-files";
import { holdsTaskOf } from "@/server/store/reads/job-holders";
import { fileAnswer } from "../file-answer";
import type { HttpDeps } from "../http-deps";
import { type Operation, ok, operation } from "../operation";
import { visibleJob } from "./visible-job";

const jobParams = z.object({ job_id: jobId });
const fileParams = jobParams.extend({ filename: z.string().min(1).max(1_000) });
const FOR_JOBS = { tag: "Files", subject: "Job" } as const;
/** A download begins at once, or is asked for again. */
const DOWNLOAD_LINK_S = 60;

const FILE: Operation["answers"] = {
  200: {
    description: "The bytes, to be saved",
    contentType: "application/octet-stream",
    headers: ["ETag", "Content-Disposition", "Accept-Ranges"],
  },
  206: { description: "The range", contentType: "application/octet-stream", headers: ["Content-Range"] },
  304: { description: "It is the one that the asker has" },
  416: { description: "The range is beyond the end" },
};

const list = operation({
  ...FOR_JOBS,
  id: "listJobFiles",
  method: "GET",
  path: "/jobs/{job_id}/files",
  summary: "Files of a job, by name",
  access: "jobs:read",
  orWorker: true,
  params: jobParams,
  answers: { 200: { description: "Files", schema: z.array(jobFile) } },
  async handle({ params, caller, worker, deps }) {
    await requireJob(deps, caller, worker, params.job_id);
    const files = await deps.jobFiles.list(params.job_id);
    return ok(files.map((file) => shown(deps, params.job_id, file)));
  },
});

const getUploadLink = operation({
  ...FOR_JOBS,
  id: "getUploadLink",
  method: "GET",
  path: "/jobs/{job_id}/files/upload",
  summary: "A link that takes one file of the job by PUT, without a token",
  access: "files:write",
  orWorker: true,
  params: jobParams,
  query: uploadLinkQuery,
  faultTexts: { filename: "filename is required", expires_in: "expires_in must be an integer" },
  answers: { 200: { description: "The link", schema: uploadLink } },
  async handle({ params: { job_id }, query, caller, worker, request, url, deps }) {
    const name = nameOf(query.filename);
    await requireJob(deps, caller, worker, job_id);
    const expires = secondsFromNow(query.expires_in);
    const path = deps.fileLinks.make({ method: "PUT", jobId: job_id, name, expires });
    return ok({ url: `${originOf(request, url, deps)}${path}`, expires_in: query.expires_in, method: "PUT" });
  },
});

const put = operation({
  ...FOR_JOBS,
  id: "putJobFile",
  method: "PUT",
  path: "/jobs/{job_id}/files/content/{filename}",
  summary: "Keep a file for the job, at most 50 MiB; one of the same name is replaced",
  access: "files:write",
  orWorker: true,
  params: fileParams,
  rawBody: ["application/octet-stream"],
  answers: {
    200: { description: "It is kept", schema: fileUploaded },
    409: { description: "The job has no room for another file" },
  },
  async handle({ params: { job_id, filename }, caller, worker, request, deps }) {
    const name = nameOf(filename);
    await requireJob(deps, caller, worker, job_id);
    return ok(await keep(deps, job_id, name, request));
  },
});

const get = operation({
  ...FOR_JOBS,
  id: "getJobFile",
  method: "GET",
  path: "/jobs/{job_id}/files/content/{filename}",
  summary: "A file of the job",
  access: "jobs:read",
  orWorker: true,
  params: fileParams,
  answers: FILE,
  async handle({ params: { job_id, filename }, caller, worker, request, deps }) {
    const name = nameOf(filename);
    await requireJob(deps, caller, worker, job_id);
    return send(deps, job_id, name, request);
  },
});

const download = operation({
  ...FOR_JOBS,
  id: "downloadJobFile",
  method: "GET",
  path: "/jobs/{job_id}/files/download/{filename}",
  summary: "Leads to a link that gives the file without a token, for a minute",
  access: "jobs:read",
  orWorker: true,
  params: fileParams,
  answers: { 302: { description: "The link", headers: ["Location"] } },
  async handle({ params: { job_id, filename }, caller, worker, deps }) {
    const name = nameOf(filename);
    await requireJob(deps, caller, worker, job_id);
    await deps.jobFiles.stat(job_id, name);
    const expires = secondsFromNow(DOWNLOAD_LINK_S);
    // Without the host: whoever could reach this one reaches that one.
    const location = deps.fileLinks.make({ method: "GET", jobId: job_id, name, expires });
    return new Response(null, { status: 302, headers: { location } });
  },
});

const getByLink = operation({
  ...FOR_JOBS,
  id: "getFileByLink",
  method: "GET",
  path: "/_public/files/{job_id}/{filename}",
  summary: "The file of a link",
  access: "open",
  params: fileParams,
  query: linkQuery,
  answers: { ...FILE, 403: { description: "The link is not ours, or its time is over" } },
  async handle({ params, query, request, deps }) {
    const { jobId, name } = granted(deps, "GET", params, query);
    return send(deps, jobId, name, request);
  },
});

const putByLink = operation({
  ...FOR_JOBS,
  id: "putFileByLink",
  method: "PUT",
  path: "/_public/files/{job_id}/{filename}",
  summary: "Keep the file of a link",
  access: "open",
  params: fileParams,
  query: linkQuery,
  rawBody: ["application/octet-stream"],
  answers: {
    200: { description: "It is kept", schema: fileUploaded },
    403: { description: "The link is not ours, or its time is over" },
    409: { description: "The job has no room for another file" },
  },
  async handle({ params, query, request, deps }) {
    const { jobId, name } = granted(deps, "PUT", params, query);
    return ok(await keep(deps, jobId, name, request));
  },
});

/** 404 unless the job is the caller's, or the worker has a task of it. */
async function requireJob(deps: HttpDeps, caller: Caller | null, worker: string | null, id: string): Promise<void> {
  if (worker === null) await visibleJob(deps, caller as Caller, id);
  else if (!(await holdsTaskOf(deps.database.pool, worker, id))) throw notFound("Job");
}

function nameOf(given: string): string {
  const read = jobFileName(given);
  if ("fault" in read) throw invalidRequest("filename", read.fault);
  return read.name;
}

function granted(
  deps: HttpDeps,
  method: LinkGrant["method"],
  params: { job_id: string; filename: string },
  { expires, signature }: { expires: number; signature: string },
): LinkGrant {
  const grant = { method, jobId: params.job_id, name: params.filename, expires };
  if (!deps.fileLinks.good(grant, signature)) throw forbidden("The link is not one of ours, or its time is over");
  return grant;
}

async function keep(deps: HttpDeps, id: string, name: string, request: Request) {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_FILE_BYTES) throw tooLarge();
  const source = request.body ? Readable.fromWeb(request.body as unknown as NodeStream<Uint8Array>) : [];
  const contentType = request.headers.get("content-type")?.slice(0, 200) ?? undefined;
  const { size, sha256 } = await deps.jobFiles.put(id, name, source, { maxBytes: MAX_FILE_BYTES, contentType });
  return { status: "uploaded", s3_uri: deps.jobFiles.uri(id, name), name, size, sha256 };
}

async function send(deps: HttpDeps, id: string, name: string, request: Request): Promise<Response> {
  const file = await deps.jobFiles.stat(id, name);
  return fileAnswer(file, (range) => deps.jobFiles.open(id, name, range), request);
}

function shown(deps: HttpDeps, id: string, file: JobFile) {
  const { name, size, sha256, contentType, detectedType, createdAt } = file;
  return {
    name,
    size,
    sha256,
    content_type: contentType,
    detected_type: detectedType,
    created_at: createdAt,
    s3_uri: deps.jobFiles.uri(id, name),
  };
}

function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** Where the asker reached us. */
function originOf(request: Request, url: URL, { config }: HttpDeps): string {
  if (config.publicUrl) return config.publicUrl;
  const secure = config.trustProxy && request.headers.get("x-forwarded-proto") === "https";
  return secure ? `https://${url.host}` : url.origin;
}

function tooLarge(): ApiError {
  return new ApiError(413, "body_too_large", `The file is larger than ${MAX_FILE_BYTES} bytes (50 MiB)`, {
    headers: { connection: "close" },
  });
}

export const jobFileRoutes = [list, getUploadLink, put, get, download, getByLink, putByLink];
