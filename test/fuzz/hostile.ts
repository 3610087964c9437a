import fc from "fast-check";
import { tortureText } from "./torture";

/** Headers of one request that no client of good will sends. */
export type OddHeaders = Readonly<Record<string, string>>;

/** Names of headers that this server looks at. */
const LOOKED_AT = [
  "accept",
  "accept-encoding",
  "accept-language",
  "authorization",
  "content-encoding",
  "cookie",
  "idempotency-key",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "last-event-id",
  "origin",
  "prefer",
  "range",
  "referer",
  "sec-fetch-site",
  "traceparent",
  "tracestate",
  "user-agent",
  "x-client-token",
  "x-filename",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-request-id",
  "x-rxon-version",
  "x-task-id",
  "x-worker-id",
  "x-worker-token",
];

/** What Node refuses to send in a header becomes a tab; all else up to U+00FF goes out as one byte. */
export function headerText(text: string): string {
  return text.replace(/[^\t\u0020-\u007e\u0080-\u00ff]/gu, "\t");
}

const odd = fc.oneof(
  tortureText.map(headerText),
  fc.constantFrom("", "\t", "\u0080\u00ff", "\u00ff".repeat(4_000), "x".repeat(20_000), ",".repeat(5_000), '"'),
  fc.constantFrom("a=b;".repeat(2_000), "W/".repeat(2_000), "%00%ff%c0%80", "{}", "=", ";", "1e999", "-0"),
);

const KNOWN: readonly OddHeaders[] = [
  { "content-encoding": "gzip" },
  { "content-encoding": "br, identity" },
  { accept: "text/vnd.graphviz;q=2, */*" },
  { accept: "\u00ff" },
  { "accept-encoding": "*;q=0" },
  { "accept-encoding": "gzip, br, zstd, deflate" },
  { "accept-language": "x".repeat(2_000) },
  { range: "bytes=5-1" },
  { range: "bytes=0-0,2-3,-1" },
  { range: `bytes=${"9".repeat(400)}-` },
  { "if-none-match": "*" },
  { "if-none-match": '"p1-999999999", W/"p1-1", *, p1-1, "' },
  { "if-none-match": '"p1-1",'.repeat(1_000) },
  { "if-match": '"none"', "if-unmodified-since": "Thu, 01 Jan 1970 00:00:00 GMT" },
  { "if-modified-since": "yesterday", "if-range": '"x' },
  { "x-http-method-override": "DELETE" },
  { "x-forwarded-for": "not an address", "x-forwarded-proto": "https" },
  { "x-forwarded-for": "1.2.3.4,".repeat(2_000), forwarded: "for=_;;;" },
  { "x-request-id": "\u00e9" },
  { "x-rxon-version": "9".repeat(500) },
  { "idempotency-key": "x".repeat(300) },
  { "idempotency-key": "one for all" },
  { "idempotency-key": "\u0080\u00ff" },
  { "last-event-id": "999999999999999999999999" },
  { "last-event-id": "{}" },
  { traceparent: "00-00000000000000000000000000000000-0000000000000000-zz" },
  { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "=,".repeat(500) },
  { cookie: `batuta.session_token=${"x".repeat(500)}; batuta_locale=%ff; __proto__=1` },
  { authorization: "Basic %%%" },
  { authorization: "Bearer " },
  { origin: "null" },
  { origin: "http://evil.example", "sec-fetch-site": "cross-site" },
  { "x-worker-id": "../.." },
  { prefer: "wait=" },
  { prefer: "wait=-1" },
  { prefer: "wait=0" },
  { prefer: "wait=0.5, wait=1e9" },
  { prefer: 'wait="0";a=b, respond-async, handling=lenient' },
  { prefer: "wait=99999999999999999999" },
  { prefer: `${"return=minimal, ".repeat(500)}wait=30` },
  { prefer: "WAIT \t=\t\u00b2" },
  { expect: "100-continue" },
  { te: "trailers, gzip;q=0.5", connection: "te, close" },
  { connection: "keep-alive, x-client-token, content-length" },
  { "keep-alive": "timeout=0, max=-1" },
  { "x-nonce": "'unsafe-inline'", "x-middleware-subrequest": "middleware:".repeat(5), "x-invoke-path": "/" },
];

export const oddHeaders: fc.Arbitrary<OddHeaders> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...KNOWN) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom(...LOOKED_AT), odd), { minLength: 1, maxLength: 3 })
      .map((headers) => Object.fromEntries(headers)),
  },
);

/** Queries too long, too many or the same name again and again. */
export const oddSearch: fc.Arbitrary<string> = fc.constantFrom(
  "a".repeat(15_000),
  "limit=1&".repeat(1_500),
  Array.from({ length: 2_000 }, (_, no) => `k${no}=`).join("&"),
  "__proto__=1&constructor=2&__proto__[x]=3&toString=",
  "limit[]=1&limit[$gt]=1&limit.x=2",
  "limit=%31%30&limit=%00&limit=%ff%fe",
  `q=${"%F0%9D%92%B3".repeat(1_000)}`,
  `cursor=${"%22".repeat(3_000)}`,
  "&&&===&=&?&#?%3F",
  "limit=1;status=failed",
  "+=+&%20=%20",
);
