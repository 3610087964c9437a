import type { Credentials } from "./requests";

export interface RawCase {
  name: string;
  /** Sent one after another; a number waits so many milliseconds, `end` closes our side. */
  send: readonly (string | Uint8Array | number | "end")[];
  /** Nothing of it may be taken: two programs would read it as two different requests. */
  refused?: true;
}

const TOKEN = "X-Client-Token: x";
const post = (headers: readonly string[], body = "") =>
  `POST /api/v1/bulk/selections HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers.map((line) => `${line}\r\n`).join("")}\r\n${body}`;
const get = (target: string, headers: readonly string[] = ["Host: localhost"], version = "HTTP/1.1") =>
  `GET ${target} ${version}\r\n${headers.map((line) => `${line}\r\n`).join("")}\r\n`;
const chunked = (...body: string[]) => post([TOKEN, "Transfer-Encoding: chunked"], body.join(""));

/** What no HTTP library would send. */
const ANYWHERE: readonly RawCase[] = [
  { refused: true, name: "a chunk size that is no number", send: [chunked("zz\r\n{}\r\n0\r\n\r\n")] },
  { refused: true, name: "a negative chunk size", send: [chunked("-1\r\n{}\r\n0\r\n\r\n")] },
  { refused: true, name: "a chunk size beyond all numbers", send: [chunked("ffffffffffffffffff\r\n{}\r\n")] },
  { name: "chunks that do not end", send: [chunked("2\r\n{}\r\n"), "end"] },
  { name: "a chunk longer than its size", send: [chunked("1\r\n{}\r\n0\r\n\r\n")] },
  { name: "a flood of chunk extensions", send: [chunked(`2;${"a=b;".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`)] },
  { name: "trailers that lie", send: [chunked("2\r\n{}\r\n0\r\nContent-Length: 99\r\nX-Client-Token: y\r\n\r\n")] },
  { refused: true, name: "two lengths", send: [post([TOKEN, "Content-Length: 2", "Content-Length: 3"], "{}")] },
  {
    refused: true,
    name: "a length and chunks",
    send: [post([TOKEN, "Content-Length: 4", "Transfer-Encoding: chunked"], "0\r\n\r\n")],
  },
  { refused: true, name: "an encoding that is none", send: [post([TOKEN, "Transfer-Encoding: xchunked"], "{}")] },
  { refused: true, name: "a length that is no number", send: [post([TOKEN, "Content-Length: two"], "{}")] },
  { refused: true, name: "a negative length", send: [post([TOKEN, "Content-Length: -2"], "{}")] },
  { name: "a length of a terabyte", send: [post([TOKEN, "Content-Length: 1000000000000"], "{}"), "end"] },
  { name: "half a body", send: [post([TOKEN, "Content-Length: 200"], '{"filter":'), "end"] },
  { name: "half a head", send: ["POST /api/v1/bulk HTTP/1.1\r\nHost: local", "end"] },
  { name: "three megabytes", send: [post([TOKEN, "Content-Length: 3000000"]), "x".repeat(3_000_000)] },
  { name: "three megabytes in chunks", send: [chunked(`2dc6c0\r\n${"x".repeat(3_000_000)}\r\n0\r\n\r\n`)] },
  {
    name: "a thousand headers",
    send: [get("/healthz", ["Host: localhost", ...Array.from({ length: 1000 }, (_, no) => `X-${no}: y`)])],
  },
  {
    name: "three thousand headers",
    send: [get("/healthz", ["Host: localhost", ...Array.from({ length: 3000 }, (_, no) => `X-${no}: y`)])],
  },
  { name: "a header of 40 KiB", send: [get("/healthz", ["Host: localhost", `X-Long: ${"y".repeat(40_960)}`])] },
  { refused: true, name: "a header with NUL", send: [get("/healthz", ["Host: localhost", "X-Nul: a\0b"])] },
  { name: "a folded header", send: [get("/healthz", ["Host: localhost", "X-Fold: a", " b"])] },
  { refused: true, name: "a header without a colon", send: [get("/healthz", ["Host: localhost", "nothing"])] },
  { refused: true, name: "a space before the colon", send: [get("/healthz", ["Host: localhost", "X-Space : a"])] },
  { name: "bare line feeds", send: ["GET /healthz HTTP/1.1\nHost: localhost\n\n"] },
  { name: "fifty requests at once", send: [get("/healthz").repeat(50)] },
  {
    name: "a refused body and a request behind it",
    send: [post([TOKEN, "Content-Length: 4"], "nope") + get("/healthz")],
  },
  { name: "a whole address in place of the path", send: [get("http://localhost/healthz")] },
  { name: "another host's address", send: [get("http://evil.example/api/v1/jobs")] },
  { name: "CONNECT", send: ["CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n"] },
  { name: "OPTIONS *", send: ["OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"] },
  { name: "TRACE", send: ["TRACE /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n"] },
  { name: "no host", send: [get("/healthz", [])] },
  { name: "two hosts", send: [get("/healthz", ["Host: localhost", "Host: evil.example"])] },
  { name: "a host that is none", send: [get("/healthz", ["Host: [::1"])] },
  { name: "HTTP/1.0", send: [get("/healthz", [], "HTTP/1.0")] },
  { name: "HTTP/0.9", send: ["GET /healthz\r\n"] },
  { name: "HTTP/9.9", send: [get("/healthz", ["Host: localhost"], "HTTP/9.9")] },
  { name: "the beginning of HTTP/2", send: ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] },
  { name: "a greeting of TLS", send: [Buffer.from("16030100a5010000a10303", "hex")] },
  { name: "a path of 40 KiB", send: [get(`/api/v1/jobs/${"a".repeat(40_960)}`)] },
  {
    name: "a path with bytes above ASCII",
    send: [Buffer.from("GET /api/v1/jobs/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n", "latin1")],
  },
  { name: "a path of backslashes and dots", send: [get("/api\\..\\..//../%2e%2e/%5c")] },
  { name: "a query with a fragment", send: [get("/api/v1/jobs?limit=1#x")] },
  {
    name: "an upgrade to nothing",
    send: [get("/healthz", ["Host: localhost", "Connection: Upgrade", "Upgrade: nothing"])],
  },
  {
    name: "a WebSocket where there is none",
    send: [
      get("/api/v1/live", [
        "Host: localhost",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: x",
      ]),
    ],
  },
  {
    name: "a WebSocket of a worker without token and key",
    send: [get("/_worker/ws/w1", ["Host: localhost", "Connection: Upgrade", "Upgrade: websocket"])],
  },
  {
    name: "Expect: 100-continue without a body",
    send: [post([TOKEN, "Content-Length: 2", "Expect: 100-continue"]), 50, "end"],
  },
  { name: "Expect: something else", send: [post([TOKEN, "Content-Length: 2", "Expect: tea"], "{}")] },
  { name: "byte by byte, then gone", send: [..."GET /heal".split(""), 20, "end"] },
  { name: "random bytes", send: [Buffer.from(Array.from({ length: 2_000 }, (_, at) => (at * 7919) % 256))] },
];

const upgrade = (path: string, more: readonly string[], key = "dGhlIHNhbXBsZSBub25jZQ==") =>
  get(path, [
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
    ...more,
  ]);

/** A frame of a client: masked with zeros, so that its bytes are what they are. */
function frame(opcode: number, payload: string | Uint8Array, { fin = true, masked = true, claims = -1 } = {}): Buffer {
  const bytes = Buffer.from(payload);
  const length = claims < 0 ? bytes.length : claims;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = (masked ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), 2);
  else if (length >= 126) head.writeUInt16BE(length, 2);
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), bytes]);
}

const ORDINARY = [
  "/healthz",
  "/api/v1/jobs",
  "/process/x/status",
  "/api/process/",
  "/_worker/workers/w/tasks/next",
  "/x",
];

const FRAMES: readonly [string, ...(string | Uint8Array | number)[]][] = [
  ["no JSON", frame(1, "nope")],
  ["an empty text", frame(1, "")],
  ["deep JSON", frame(1, "[".repeat(10_000) + "]".repeat(10_000))],
  ["a prototype", frame(1, '{"__proto__":{"polluted":1},"event_type":"x"}')],
  ["NUL and half a letter", frame(1, '{"event_type":"\\u0000","data":{"k":"\\ud800"}}')],
  ["numbers beyond all", frame(1, '{"event_type":"progress","progress":1e400,"timestamp":9007199254740993}')],
  ["text that is no UTF-8", frame(1, Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
  ["bytes", frame(2, "{}")],
  ["no mask", frame(1, "{}", { masked: false })],
  ["a length of many gigabytes", frame(1, "{}", { claims: 2 ** 40 })],
  ["two megabytes", frame(1, "x".repeat(2_000_000))],
  ["a continuation of nothing", frame(0, "{}")],
  ["a text that never ends", frame(1, "{", { fin: false }), frame(0, "}", { fin: false })],
  ["a long ping", frame(9, "x".repeat(126))],
  ["an unknown frame", frame(11, "{}")],
  ["a goodbye that is none", frame(8, Buffer.from([0x00]))],
  ["a hundred frames at once", Buffer.concat(Array.from({ length: 100 }, () => frame(1, '{"event_type":"x"}')))],
  ["random bytes", Buffer.from(Array.from({ length: 500 }, (_, at) => (at * 7919) % 256))],
];

/** All of them; those of a worker's WebSocket behind a handshake that is let in. */
export function rawCases({ worker }: Credentials): RawCase[] {
  const named = Object.entries(worker).map(([name, value]) => `${name}: ${value}`);
  const work = (headers: readonly string[], body: string) =>
    `POST /_worker/tasks/result HTTP/1.1\r\nHost: localhost\r\n${[...named, ...headers].map((line) => `${line}\r\n`).join("")}\r\n${body}`;
  const id = worker["x-worker-id"] ?? "";
  return [
    ...ANYWHERE,
    ...ORDINARY.map((path) => ({ name: `a WebSocket at ${path}`, send: [upgrade(path, named)] })),
    { name: "a WebSocket with a key that is none", send: [upgrade(`/_worker/ws/${id}`, named, "x")] },
    {
      name: "a WebSocket of another version",
      send: [upgrade(`/_worker/ws/${id}`, [...named, "Sec-WebSocket-Version: 1"])],
    },
    {
      name: "a WebSocket with strange extensions",
      send: [
        upgrade(`/_worker/ws/${id}`, [
          ...named,
          'Sec-WebSocket-Extensions: ;;=,permessage-deflate; x="',
          "Sec-WebSocket-Protocol: ,,",
        ]),
      ],
    },
    ...FRAMES.map(([name, ...send]) => ({
      name: `frames: ${name}`,
      send: [upgrade(`/_worker/ws/${id}`, named), 60, ...send],
    })),
    { name: "a worker's half body", send: [work(["Content-Length: 200"], '{"task_id":'), "end"] },
    { name: "a worker's chunks that do not end", send: [work(["Transfer-Encoding: chunked"], "2\r\n{}\r\n"), "end"] },
    { name: "a worker's body of a terabyte", send: [work(["Content-Length: 1000000000000"], "{}"), "end"] },
    {
      name: "a worker's body that is too long by its chunks",
      send: [work(["Transfer-Encoding: chunked"], `1312D00\r\n${"x".repeat(20_000_000)}\r\n0\r\n\r\n`)],
    },
    {
      refused: true,
      name: "a worker's length and chunks",
      send: [work(["Content-Length: 4", "Transfer-Encoding: chunked"], "0\r\n\r\n")],
    },
    { name: "a worker that expects", send: [work(["Content-Length: 2", "Expect: 100-continue"], ""), 50, "{}"] },
    {
      name: "fifty polls, then gone",
      send: [get(`/_worker/workers/${id}/tasks/next`, ["Host: localhost", ...named]).repeat(50), 20, "end"],
    },
  ];
}
