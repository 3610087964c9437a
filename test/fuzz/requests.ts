import fc from "fast-check";
import { type Generation, valuesOf } from "./from-schema";
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
    { weight: 1, arbitrary: fc.tuple(good, fc.constantFrom(...making.credentials.foreign)).map(withCredentials) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(good, fc.constantFrom(...ODD_HEADERS))
        .map(([made, odd]) => ({ ...made, headers: { ...made.headers, ...odd } })),
    },
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
      Object.fromEntries(of(place).map(({ name, schema }) => [name, valuesOf(schema, making, nameIn(target, name))])),
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
      headers: credentialsFor(target, making.credentials),
      body: target.body ? valuesOf(target.body, making) : fc.constant(undefined),
    })
    .map(({ path, query, headers, body }) => ({
      path: Object.fromEntries(Object.entries(path).map(([name, value]) => [name, textOf(value)])),
      query: Object.entries(query).map(([name, value]): [string, string] => [name, textOf(value)]),
      headers,
      body,
      hasBody: target.body !== null,
    }));
}

/** A name that means another thing at another place is known as `<last part of the path before it>.<name>`. */
function nameIn(target: Target, name: string): string {
  const before = target.path.split(`/{${name}}`)[0]?.split("/").at(-1) ?? "";
  return name === "name" ? `${before}.name` : name;
}

function credentialsFor(
  { security }: Target,
  { client, session, worker }: Credentials,
): fc.Arbitrary<Record<string, string>> {
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
  const path = target.path.replace(/\{(\w+)\}/g, (_all, name: string) => encoded(made.path[name] ?? ""));
  const search = made.query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
  return {
    method: target.method,
    path: search === "" ? path : `${path}?${search}`,
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

const ODD_HEADERS: readonly Record<string, string>[] = [
  { "content-encoding": "gzip" },
  { "content-encoding": "br, identity" },
  { accept: "text/vnd.graphviz;q=2, */*" },
  { accept: "\u00ff" },
  { "accept-encoding": "*;q=0" },
  { "accept-encoding": "gzip, br, zstd, deflate" },
  { "accept-language": "x".repeat(2_000) },
  { range: "bytes=5-1" },
  { "if-none-match": "*" },
  { "x-http-method-override": "DELETE" },
  { "x-forwarded-for": "not an address", "x-forwarded-proto": "https" },
  { "x-request-id": "\u00e9" },
  { "x-rxon-version": "9".repeat(500) },
  { "idempotency-key": "x".repeat(300) },
  { "idempotency-key": "one for all" },
  { "last-event-id": "999999999999999999999999" },
  { "last-event-id": "{}" },
  { traceparent: "00-00000000000000000000000000000000-0000000000000000-zz" },
  { cookie: `batuta.session_token=${"x".repeat(500)}; batuta_locale=%ff; __proto__=1` },
  { authorization: "Basic %%%" },
  { authorization: "Bearer " },
  { origin: "null" },
  { origin: "http://evil.example", "sec-fetch-site": "cross-site" },
  { "x-worker-id": "../.." },
];

/** Percent-encoded, lone surrogates as the bytes that other programs make of them. */
function encoded(text: string): string {
  return [...text].map((char) => (/^[\ud800-\udfff]$/.test(char) ? "%ED%A0%80" : encodeURIComponent(char))).join("");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
