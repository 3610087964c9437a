import { ApiError } from "@/components/data/api-error";
import type { ErrorDetail } from "@/lib/api/error";

export interface RequestOptions {
  /** Added to the address; null and undefined are left out, an array repeats its name. */
  query?: Record<string, QueryValue>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export type QueryValue = string | number | boolean | null | undefined | readonly string[];

/** A page of a list: the bare array, and where the next page begins (`X-Next-Cursor`), null at the end. */
export interface Page<Row> {
  rows: Row[];
  nextCursor: string | null;
}

/**
 * The API of this origin, as JSON, with the session cookie. Every failure is an `ApiError`; an aborted request
 * rejects with the browser's `AbortError`, which react-query knows.
 */
export const api = {
  get: <T>(path: string, options?: RequestOptions): Promise<T> => send<T>("GET", path, undefined, options),
  post: <T>(path: string, body?: unknown, options?: RequestOptions): Promise<T> => send<T>("POST", path, body, options),
  put: <T>(path: string, body?: unknown, options?: RequestOptions): Promise<T> => send<T>("PUT", path, body, options),
  patch: <T>(path: string, body?: unknown, options?: RequestOptions): Promise<T> =>
    send<T>("PATCH", path, body, options),
  delete: <T>(path: string, options?: RequestOptions): Promise<T> => send<T>("DELETE", path, undefined, options),
  /** A list with its cursor. */
  async page<Row>(path: string, options?: RequestOptions): Promise<Page<Row>> {
    const response = await request("GET", path, undefined, options);
    return { rows: await json<Row[]>(response), nextCursor: response.headers.get("x-next-cursor") };
  },
};

/** `path` with its query, the way every request here is addressed. */
export function addressOf(path: string, query: RequestOptions["query"] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    if (Array.isArray(value)) for (const each of value) parameters.append(name, each);
    else parameters.append(name, String(value));
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

async function send<T>(method: string, path: string, body: unknown, options?: RequestOptions): Promise<T> {
  return json<T>(await request(method, path, body, options));
}

async function request(method: string, path: string, body: unknown, options: RequestOptions = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", ...options.headers };
  if (body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(addressOf(path, options.query), {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, "NETWORK", "", [], null, { cause });
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function json<T>(response: Response): Promise<T> {
  if (response.status === 204 || response.status === 205) return undefined as T;
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** The error of an answer, whichever of the two shapes it has: ours, or better-auth's `{message, code}`. */
export async function errorOf(response: Response): Promise<ApiError> {
  const body = parsed(await response.text());
  const message = [body.error, body.message].find((text) => typeof text === "string") ?? "";
  const code = typeof body.code === "string" ? body.code : `HTTP_${response.status}`;
  const details = Array.isArray(body.details) ? (body.details as ErrorDetail[]) : [];
  return new ApiError(response.status, code, message as string, details, response.headers.get("x-request-id"));
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A proxy's HTML page, for example: the status has to speak for itself.
    return {};
  }
}
