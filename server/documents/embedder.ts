import { z } from "zod";
import { TaskError } from "@/server/tasks/task-function";
import { readLimited } from "./read-limited";

export interface EmbedderOptions {
  /** Of an endpoint that speaks OpenAI's protocol: `https://host/v1`, or with `/embeddings` behind it. */
  url: string;
  model: string;
  apiKey: string | null;
  timeoutMs: number;
  /** Texts in one request at most. */
  batchSize: number;
}

/** Makes vectors of texts. */
export interface Embedder {
  readonly model: string;
  readonly batchSize: number;
  /**
   * One vector of length one for each text, in order. Throws a TaskError: TIMEOUT_ERROR, TRANSIENT_ERROR,
   * RESOURCE_EXHAUSTED_ERROR with `retryAfterMs`, DEPENDENCY_ERROR for a key that is refused, PERMANENT_ERROR for what the
   * endpoint does not take, CONTRACT_VIOLATION for an answer that is none.
   */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_DIMENSION = 16_384;
const MAX_SHOWN = 300;

const answerSchema = z.object({
  data: z.array(
    z.object({ index: z.int().min(0).optional(), embedding: z.array(z.number()).min(1).max(MAX_DIMENSION) }),
  ),
});

export function createEmbedder(options: EmbedderOptions): Embedder {
  const { model, batchSize } = options;
  const url = endpointOf(options.url);
  return {
    model,
    batchSize,
    async embed(texts) {
      if (texts.length === 0) return [];
      const answer = await ask(url, options, texts);
      return vectorsOf(answer, texts.length, url);
    },
  };
}

function endpointOf(given: string): string {
  const url = new URL(given);
  if (!/\/embeddings\/?$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/+$/, "")}/embeddings`;
  return url.href;
}

async function ask(
  url: string,
  { model, apiKey, timeoutMs }: EmbedderOptions,
  input: readonly string[],
): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      // Where it leads to was not configured, and the key is not for it.
      redirect: "error",
      headers: { "content-type": "application/json", ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
      body: JSON.stringify({ model, input, encoding_format: "float" }),
      signal,
    });
    const text = await readLimited(response, MAX_ANSWER_BYTES);
    if (!response.ok) throw refusal(response, text, apiKey);
    return text;
  } catch (error) {
    if (error instanceof TaskError) throw error;
    if (signal.aborted)
      throw new TaskError("TIMEOUT_ERROR", `The embeddings endpoint gave no answer within ${timeoutMs} ms`);
    throw new TaskError("TRANSIENT_ERROR", `The embeddings endpoint cannot be reached: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

function refusal({ status, headers }: Response, text: string, apiKey: string | null): TaskError {
  const said = (apiKey ? text.replaceAll(apiKey, "…") : text).replaceAll(/\s+/g, " ").slice(0, MAX_SHOWN);
  const message = `The embeddings endpoint answered ${status}: ${said}`;
  const retryAfterMs = retryAfterOf(headers.get("retry-after"));
  const wait = retryAfterMs === null ? {} : { retryAfterMs };
  if (status === 429) return new TaskError("RESOURCE_EXHAUSTED_ERROR", message, wait);
  if (status >= 500 || status === 408) return new TaskError("TRANSIENT_ERROR", message, wait);
  if (status === 401 || status === 403)
    return new TaskError("DEPENDENCY_ERROR", `${message}. Put EMBEDDINGS_API_KEY right.`);
  return new TaskError("PERMANENT_ERROR", message);
}

/** Of seconds or an instant, milliseconds from now; null for what is neither. */
export function retryAfterOf(header: string | null, now = Date.now()): number | null {
  if (header === null) return null;
  if (/^\d{1,9}(?:\.\d+)?$/.test(header.trim())) return Math.round(Number(header) * 1000);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

function vectorsOf(text: string, count: number, url: string): Float32Array[] {
  const parsed = answerSchema.safeParse(parsedJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw broken(`${issue?.path.map(String).join(".") || "the body"}: ${issue?.message ?? "is not as it should be"}`);
  }
  const { data } = parsed.data;
  if (data.length !== count) throw broken(`it has ${data.length} embeddings for ${count} texts`);
  const ordered = new Array<Float32Array | undefined>(count);
  for (const [place, { index = place, embedding }] of data.entries()) {
    if (index >= count || ordered[index]) throw broken(`data.${place}.index: ${index} is out of range, or there twice`);
    ordered[index] = unit(embedding, place);
  }
  const vectors = ordered as Float32Array[];
  const lengths = new Set(vectors.map((vector) => vector.length));
  if (lengths.size > 1) throw broken(`its embeddings have different dimensions: ${[...lengths].join(", ")}`);
  return vectors;

  function broken(what: string): TaskError {
    return new TaskError("CONTRACT_VIOLATION", `The answer of ${new URL(url).host} is none of embeddings: ${what}`);
  }

  function unit(values: number[], place: number): Float32Array {
    const length = Math.hypot(...values);
    if (!Number.isFinite(length) || length === 0) throw broken(`data.${place}.embedding: has no direction`);
    return Float32Array.from(values, (value) => value / length);
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
