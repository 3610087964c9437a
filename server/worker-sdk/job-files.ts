import type { HttpAnswer } from "./http-client";
import type { Orchestrator, TaskPayload } from "./orchestrator";
import type { JobFiles } from "./skill-context";
import { PermanentError, RetryableError, SkillError } from "./skill-error";
import { errorOf, jsonOf } from "./wire-error";

const REQUEST_MS = 120_000;
const MAX_REDIRECTS = 3;

/** What is known of a file that a result names. */
export interface FileMetadata {
  uri: string;
  /** Bytes. */
  size: number;
  etag?: string;
  metadata?: Record<string, unknown>;
}

/** The files of one attempt; `written` collects what its result tells of them. */
export function createJobFiles(
  orchestrator: Orchestrator,
  payload: TaskPayload,
  signal: AbortSignal,
): { files: JobFiles; written: Record<string, FileMetadata> } {
  const { http, options } = orchestrator;
  const written: Record<string, FileMetadata> = {};
  const api = `${(options.clientApi ?? "/api/v1").replace(/\/+$/, "")}/jobs/${payload.job_id}/files`;
  const headers = (): Record<string, string> =>
    options.clientToken === undefined ? orchestrator.credentials.headers() : { "x-client-token": options.clientToken };

  /** Follows redirects; credentials stay with the orchestrator's own origin. */
  async function fetched(path: string, redirects = 0): Promise<HttpAnswer> {
    const answer = await http.send({ method: "GET", path, headers: headers(), timeoutMs: REQUEST_MS, signal });
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status >= 400 || location === undefined) return answer;
    const target = new URL(location, http.origin);
    if (redirects >= MAX_REDIRECTS) throw new PermanentError(`The file leads on and on: ${target.origin}`);
    if (target.origin === http.origin.origin) return fetched(target.pathname + target.search, redirects + 1);
    return elsewhere(target);
  }

  async function elsewhere(uri: URL): Promise<HttpAnswer> {
    const response = await fetch(uri, { signal });
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: Object.fromEntries(response.headers), body };
  }

  const files: JobFiles = {
    async read(nameOrUri) {
      const name = nameInJob(nameOrUri, payload.job_id);
      const outside = name === null ? outsideUri(nameOrUri) : null;
      const answer = await (outside === null
        ? fetched(`${api}/download/${encodeURIComponent(name ?? "")}`)
        : elsewhere(outside)
      ).catch((cause: Error) => {
        throw new RetryableError(`The file ${nameOrUri} could not be fetched: ${cause.message}`, { cause });
      });
      if (answer.status !== 200) throw refusal(answer, nameOrUri);
      const expected = sizeToldOf(payload, nameOrUri);
      if (expected !== null && expected !== answer.body.length) {
        const lengths = `${answer.body.length} bytes, not ${expected}`;
        throw new SkillError("INTEGRITY_MISMATCH_ERROR", `The file ${nameOrUri} has ${lengths}`);
      }
      return answer.body;
    },
    async write(name, content, { contentType = "application/octet-stream", key = name } = {}) {
      const body = typeof content === "string" ? Buffer.from(content) : content;
      const path = `${api}/content/${encodeURIComponent(name)}`;
      const head = { ...headers(), "content-type": contentType };
      const wish = { method: "PUT", path, headers: head, body, timeoutMs: REQUEST_MS, signal };
      const answer = await http.send(wish).catch((cause: Error) => {
        throw new RetryableError(`The file ${name} could not be kept: ${cause.message}`, { cause });
      });
      if (answer.status >= 300) throw refusal(answer, name);
      const told = jsonOf(answer);
      const uri = [told?.s3_uri, told?.uri].find((each) => typeof each === "string") ?? name;
      written[key] = { uri: uri as string, size: body.length };
      return uri as string;
    },
  };
  return { files, written };
}

/** The name of a job file: as it is, or the last part of a URI below `…/<job id>/`; null: it is somewhere else. */
function nameInJob(text: string, jobId: string): string | null {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  const at = text.indexOf(`/${jobId}/`);
  return at < 0
    ? null
    : decodeURIComponent(text.slice(at + jobId.length + 2).replace(/^files\/(content|download)\//, ""));
}

function outsideUri(text: string): URL {
  const uri = URL.canParse(text) ? new URL(text) : null;
  if (uri && /^https?:$/.test(uri.protocol)) return uri;
  throw new PermanentError(`The file ${text} cannot be read: give the name of a job file, or an http(s) URI`);
}

function sizeToldOf(payload: TaskPayload, uri: string): number | null {
  for (const told of Object.values(payload.params_metadata ?? {})) {
    const { uri: named, size } = (told ?? {}) as { uri?: unknown; size?: unknown };
    if (named === uri && typeof size === "number" && size > 0) return size;
  }
  return null;
}

function refusal(answer: HttpAnswer, name: string): SkillError {
  const { message, isPassing, retryAfterMs } = errorOf(answer, `The file ${name}`);
  if (isPassing) return new RetryableError(message, retryAfterMs === null ? {} : { retryAfterMs });
  if (answer.status === 401 || answer.status === 403) return new SkillError("SECURITY_ERROR", message);
  return new SkillError(answer.status === 404 ? "DEPENDENCY_MISSING_ERROR" : "PERMANENT_ERROR", message);
}
