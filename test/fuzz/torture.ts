import fc from "fast-check";

/** Texts that have broken other programs. */
const TEXTS = [
  "",
  " ",
  "0",
  "-1",
  "1e9",
  "9999999999999999999",
  "NaN",
  "null",
  "true",
  "[]",
  "{}",
  "..",
  "../..",
  "..%2f",
  "%00",
  "\u0000",
  "\r\nx: y",
  "'; drop table jobs; --",
  "${7*7}",
  "{{7*7}}",
  "<script>alert(1)</script>",
  "__proto__",
  "constructor",
  "toString",
  "𝒳𝒴",
  "\u202e",
  "\ufeff",
  "e\u0301",
  "a".repeat(5_000),
  "*",
  "2026-01-01T00:00:00Z",
  "0000-00-00",
  "+275760-09-13T00:00:00.000Z",
  "9999-12-31T23:59:59Z",
  "finished,failed",
  ",",
  "%",
  "_",
  "\\",
  "\u001e",
  "00000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "00000000-0000-0000-0000-000000000000.0",
  "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b.9999999999.9999999999",
];

export const tortureText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.integer().map(String),
);

const NUMBERS = [
  ...[0, -0, -1, 0.5, 1e308, -1e308, 5e-324, 1e21],
  ...[2 ** 31, 2 ** 31 - 1, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 2 ** 63, -(2 ** 31) - 1, -(2 ** 63)],
];

/** Values of every kind, in place of one that a schema wants. */
export const tortureValue: fc.Arbitrary<unknown> = fc.oneof(
  tortureText,
  fc.constantFrom<unknown>(...NUMBERS, null, true, false, [], {}, [[]], [null], { "": "" }),
  fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>,
  fc
    .constantFrom("__proto__", "constructor", "prototype")
    .map((key) => JSON.parse(`{${JSON.stringify(key)}:{"polluted":1}}`)),
  fc.constantFrom(50, 200, 1_000).map((depth) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`)),
);

export const deep = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;

/** JSON as no program should write it, and what is none at all; `body` is a good text. */
export function tortureJson(body: string): fc.Arbitrary<string | Uint8Array> {
  const inside = /^\{./.test(body) ? body.slice(1) : '"a":1}';
  return fc.oneof(
    fc.nat(body.length).map((at) => body.slice(0, at)),
    fc.nat(body.length).map((at) => `${body.slice(0, at)}\u0000${body.slice(at)}`),
    fc
      .tuple(fc.nat(body.length), fc.string({ maxLength: 3 }))
      .map(([at, text]) => body.slice(0, at) + text + body.slice(at)),
    fc.constantFrom(
      `{"__proto__":{"polluted":1},${inside}`,
      `{"constructor":{"prototype":{"polluted":1}},${inside}`,
      `${body.slice(0, -1)}${body.length > 2 ? "," : ""}"a":1,"a":2,"\\u0061":3}`,
      `{"initial_data":{"k":1},"initial_data":{"k":2}}`,
      `{"initial_data":{"k":"\\ud800"}}`,
      `{"initial_data":{"\\udc00\\ud800":1}}`,
      `{"initial_data":{"k":"\\u0000"}}`,
      `{"initial_data":{"k":1e400}}`,
      `{"initial_data":{"k":-1e400}}`,
      `{"initial_data":{"k":${"9".repeat(400)}}}`,
      `{"initial_data":{"k":0.${"1".repeat(400)}}}`,
      `{"initial_data":{"":1,"a.b":2,"$":3}}`,
      deep('{"a":', "}", 64),
      deep('{"a":', "}", 10_000),
      deep("[", "]", 100_000),
      `\ufeff${body}`,
      `${body}${body}`,
      `${body} //`,
      `${body},`,
      "{'a':1}",
      "{a:1}",
      "[1,]",
      "nul",
      "NaN",
      "-Infinity",
      "0x10",
      "01",
      "1.",
      "\t\n\r ",
      '"\\x41"',
      '"\\u12"',
      '"tab\there"',
      '"\u2028"',
    ),
    fc.constantFrom<Uint8Array>(
      Buffer.from([0x22, 0xff, 0xfe, 0x22]),
      Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
      Buffer.from([0x22, 0xc0, 0xaf, 0x22]),
      Buffer.from(body, "utf16le"),
      Buffer.from([0x1f, 0x8b, 0x08, 0x00]),
      Buffer.from([0x00]),
    ),
    fc.uint8Array({ maxLength: 64 }),
  );
}

/** Types of content that no operation, or another one, takes. */
export const CONTENT_TYPES = [
  "text/plain",
  "text/html; charset=utf-8",
  "application/xml",
  "application/json; charset=utf-16",
  "application/json;;;",
  "APPLICATION/JSON",
  "application/yaml",
  "application/x-www-form-urlencoded",
  "application/octet-stream",
  "multipart/form-data",
  "multipart/form-data; boundary=",
  'multipart/form-data; boundary="a b"',
  `multipart/form-data; boundary=${"x".repeat(300)}`,
  "image/png",
  "/",
  "\u00e9",
];
