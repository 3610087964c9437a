import fc from "fast-check";
import type { Json } from "@/server/http/openapi-schema";
import { type Generation, valuesOf } from "./from-schema";
import { headerText, oddHeaders, oddSearch } from "./hostile";
import { poisoned } from "./poison";
import type { Target } from "./targets";
import { CONTENT_TYPES, tortureJson, tortureText, tortureValue } from "./torture";

/** A request as it goes out. */
export interface FuzzRequest {
  method: string;
  /** With its query, encoded. */
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
}

export interface Credentials {
  client: Record<string, string>;
  session: Record<string, string>;
  worker: Record<string, string>;
  /** Of another client, and ones that nobody has. */
  foreign: readonly Record<string, string>[];
}

export interface Making extends Generation {
  credentials: Credentials;
}

interface Parts {
  /** A whole path that is known to lead somewhere, in place of one that is put together. */
  at: string | null;
  path: Record<string, string>;
  query: [string, string][];
  headers: Record<string, string>;
  body: unknown;
  hasBody: boolean;
}

/** Requests as the document wants them. */
export function validRequests(target: Target, making: Making): fc.Arbitrary<FuzzRequest> {
  if (target.rawTypes.length > 0) return rawRequests(target, making);
  return parts(target, making).map((made) => request(target, made, jsonOf(made)));
}

/** Requests that are wrong in one place, or in many. */
export function brokenRequests(target: Target, making: Making): fc.Arbitrary<FuzzRequest> {
  const good = validRequests(target, making);
  const takesBody = target.body !== null || target.rawTypes.length > 0;
  return fc.oneof(
    { weight: 3, arbitrary: brokenParts(target, making) },
    { weight: takesBody ? 3 : 1, arbitrary: good.chain(withTortureJson) },
    { weight: takesBody ? 1 : 0, arbitrary: fc.tuple(good, fc.constantFrom(...CONTENT_TYPES)).map(withContentType) },
    {
      weight: 2,
      arbitrary: fc.tuple(good, fc.array(fc.tuple(tortureText, tortureText), { maxLength: 4 })).map(withQuery),
    },
    { weight: 2, arbitrary: fc.tuple(good, fc.constantFrom(...making.credentials.foreign)).map(withCredentials) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(good, oddSearch)
        .map(([made, search]) => ({ ...made, path: `${made.path}${made.path.includes("?") ? "&" : "?"}${search}` })),
    },
    { weight: takesBody ? 4 : 0, arbitrary: good.chain(withPoison) },
    {
      weight: 2,
      arbitrary: fc.tuple(good, oddHeaders).map(([made, odd]) => ({ ...made, headers: { ...made.headers, ...odd } })),
    },
    { weight: 1, arbitrary: fc.tuple(good, fc.constantFrom(...OTHER_PLACES)).map(([made, at]) => at(made)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(good, fc.constantFrom("PATCH", "DELETE", "PUT", "POST", "OPTIONS", "HEAD", "QUERY"))
        .map(([made, method]) => ({ ...made, method })),
    },
  );
}

function parts(target: Target, making: Making): fc.Arbitrary<Parts> {
  const of = (place: string) => target.parameters.filter((parameter) => parameter.in === place);
  const values = (place: string) =>
    fc.record(
      Object.fromEntries(
        of(place).map(({ name, schema }) => [name, valuesOf(schema, making, nameIn(target, name, making))]),
      ),
      {
        requiredKeys: of(place)
          .filter(({ required }) => required)
          .map(({ name }) => name),
      },
    );
  return fc
    .record({
      path: values("path"),
      query: values("query"),
      credentials: credentialsFor(target, making.credentials),
      headers: values("header"),
      body: target.body ? bodies(target, target.body, making) : fc.constant(undefined),
      at: fc.option(fc.constantFrom(null, ...(making.known(`at:${target.id}`) as string[])), { nil: null }),
    })
    .map(({ path, query, credentials, headers, body, at }) => ({
      at,
      path: Object.fromEntries(Object.entries(path).map(([name, value]) => [name, textOf(value)])),
      query: Object.entries(query).map(([name, value]): [string, string] => [name, textOf(value)]),
      headers: {
        ...credentials,
        ...Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name.toLowerCase(), ownText(target, name, value)]),
        ),
      },
      body,
      hasBody: target.body !== null,
    }));
}

/**
 * A name that means another thing at another place is known as `<operation>.<name>` or as
 * `<last part of the path before it>.<name>`.
 */
function nameIn(target: Target, name: string, { known }: Making): string {
  const own = `${target.id}.${name}`;
  if (known(own).length > 0) return own;
  const before = target.path.split(`/{${name}}`)[0]?.split("/").at(-1) ?? "";
  return name === "name" || known(`${before}.${name}`).length > 0 ? `${before}.${name}` : name;
}

/** A key that another operation, with the same seed, does not use as well. */
function ownText({ id }: Target, name: string, value: unknown): string {
  const text = headerText(textOf(value));
  return name === "Idempotency-Key" ? `${text.slice(0, 100)}${id}` : text;
}

/** As the schema wants it, and mostly with members that belong together where some are known. */
function bodies(target: Target, schema: Json, making: Making): fc.Arbitrary<unknown> {
  const made = valuesOf(schema, making);
  const together = making.known(`body:${target.id}`);
  if (together.length === 0) return made;
  const joined = fc
    .tuple(made, fc.constantFrom(...together))
    .map(([body, members]) => ({ ...(body as object), ...(members as object) }));
  return fc.oneof({ weight: 4, arbitrary: joined }, made);
}

function credentialsFor(
  { security }: Target,
  { client, session, worker }: Credentials,
): fc.Arbitrary<Record<string, string>> {
  if (security.includes("workerToken") && security.includes("clientToken"))
    return fc.constantFrom(worker, client, session);
  if (security.includes("workerToken")) return fc.constant(worker);
  if (security.length === 0) return fc.constantFrom({}, { origin: session.origin ?? "" }, client);
  return fc.oneof({ weight: 2, arbitrary: fc.constant(client) }, { weight: 1, arbitrary: fc.constant(session) });
}

function jsonOf(made: Parts): string | null {
  return made.hasBody ? JSON.stringify(made.body) : null;
}

function request(
  target: Target,
  made: Parts,
  body: string | Uint8Array | null,
  type = "application/json",
): FuzzRequest {
  const path = made.at ?? target.path.replace(/\{(\w+)\}/g, (_all, name: string) => encoded(made.path[name] ?? ""));
  const search = made.query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
  return {
    method: target.method,
    path: search === "" || path.includes("?") ? path : `${path}?${search}`,
    headers: { ...made.headers, ...(body === null ? {} : { "content-type": type }) },
    body,
  };
}

function rawRequests(target: Target, making: Making): fc.Arbitrary<FuzzRequest> {
  const bodies = fc.constantFrom(...target.rawTypes).chain((type): fc.Arbitrary<[string, string | Uint8Array]> => {
    if (type === "multipart/form-data")
      return fc.constant([`${type}; boundary=b0`, multipart("invoice.txt", "Twelve boxes")]);
    const known = making.known(`body:${target.id}`);
    if (known.length > 0) return fc.constantFrom(...known).map((body) => [type, JSON.stringify(body)]);
    return fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => [type, bytes]);
  });
  return fc.tuple(parts(target, making), bodies).map(([made, [type, body]]) => {
    const named =
      typeof body === "string" && body.startsWith("{") ? (JSON.parse(body) as { name?: string }).name : undefined;
    return request(
      target,
      named && "name" in made.path ? { ...made, path: { ...made.path, name: named } } : made,
      body,
      type,
    );
  });
}

function multipart(name: string, content: string): string {
  return `--b0\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n--b0--\r\n`;
}

/** One member, or several, of path, query or body that are not what they should be. */
function brokenParts(target: Target, making: Making): fc.Arbitrary<FuzzRequest> {
  const wrong = fc.record({
    made: parts(target, making),
    place: fc.constantFrom("path", "query", "member", "body", "missing", "extra"),
    at: fc.nat(50),
    value: tortureValue,
    text: tortureText,
    key: fc.oneof(fc.constantFrom("__proto__", "constructor", "toString", "", "limit", "id"), tortureText),
  });
  return wrong.map(({ made, place, at, value, text, key }) => {
    const body = made.body as Record<string, unknown> | undefined;
    const names = Object.keys(typeof body === "object" && body !== null ? body : {});
    const name = names[at % Math.max(1, names.length)] ?? key;
    if (place === "path") made.at = null;
    if (place === "path") for (const part of Object.keys(made.path)) made.path[part] = text;
    if (place === "query")
      made.query = [
        ...made.query,
        [key, text],
        ...target.parameters
          .filter(({ in: where }) => where === "query")
          .map((each): [string, string] => [each.name, text]),
      ];
    let changed: unknown = body;
    if (place === "body") changed = value;
    if (place === "member" || place === "extra")
      changed = Object.fromEntries([...Object.entries(body ?? {}), [place === "member" ? name : key, value]]);
    if (place === "missing") changed = Object.fromEntries(Object.entries(body ?? {}).filter(([each]) => each !== name));
    const sent = target.method === "GET" ? null : JSON.stringify(changed);
    return request(target, made, sent ?? null);
  });
}

function withTortureJson(made: FuzzRequest): fc.Arbitrary<FuzzRequest> {
  const text = typeof made.body === "string" ? made.body : '{"a":1}';
  return tortureJson(text).map((body) => ({
    ...made,
    headers: { "content-type": "application/json", ...made.headers },
    ...(made.method === "GET" ? {} : { body }),
  }));
}

function withPoison(made: FuzzRequest): fc.Arbitrary<FuzzRequest> {
  const { body } = made;
  return typeof body === "string" && body.startsWith("{")
    ? poisoned(body).map((text) => ({ ...made, body: text }))
    : fc.constant(made);
}

/** The same request at an address that is another spelling of its own, or looks like one. */
const OTHER_PLACES: readonly ((made: FuzzRequest) => FuzzRequest)[] = [
  (made) => ({ ...made, path: made.path.replace(/^\/api\/v1\//, "/api/") }),
  (made) => ({ ...made, path: made.path.replace(/^\/api\/v1\//, "/api/v2/") }),
  (made) => ({ ...made, path: made.path.replace(/^\/process\//, "/api/process/") }),
  (made) => ({ ...made, path: made.path.replace(/^(?:\/api)?\/process\//, "/api/v1/process/") }),
  (made) => ({ ...made, path: made.path.replace(/\/?(?=\?|$)/, "/") }),
  (made) => ({ ...made, path: made.path.replace(/\/(?=\?|$)/, "") }),
  (made) => ({ ...made, path: made.path.replaceAll("/", "//") }),
  (made) => ({ ...made, path: made.path.replace(/\/([^/?]+)(?=\?|$)/, "/./$1/../$1") }),
  (made) => ({ ...made, path: made.path.toUpperCase() }),
  (made) => ({ ...made, path: made.path.replace("?", "%3F") }),
];

function withContentType([made, type]: [FuzzRequest, string]): FuzzRequest {
  return { ...made, headers: { ...made.headers, "content-type": type } };
}

function withQuery([made, more]: [FuzzRequest, [string, string][]]): FuzzRequest {
  const search = more.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
  return {
    ...made,
    path: `${made.path}${made.path.includes("?") ? "&" : "?"}${search}${search.length % 3 === 0 ? "&%zz&%ff=%c0%80" : ""}`,
  };
}

function withCredentials([made, foreign]: [FuzzRequest, Record<string, string>]): FuzzRequest {
  const { "content-type": type } = made.headers;
  return { ...made, headers: { ...(type ? { "content-type": type } : {}), ...foreign } };
}

/** Percent-encoded, lone surrogates as the bytes that other programs make of them. */
function encoded(text: string): string {
  return [...text].map((char) => (/^[\ud800-\udfff]$/.test(char) ? "%ED%A0%80" : encodeURIComponent(char))).join("");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
