import { connect } from "node:net";
import type { FuzzRow } from "./fuzz-target";

interface RawCase {
  name: string;
  /** Sent one after another; a number waits so many milliseconds, `end` closes our side. */
  send: readonly (string | Uint8Array | number | "end")[];
}

const TOKEN = "X-Client-Token: x";
const post = (headers: readonly string[], body = "") =>
  `POST /api/v1/bulk/selections HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers.map((line) => `${line}\r\n`).join("")}\r\n${body}`;
const get = (target: string, headers: readonly string[] = ["Host: localhost"], version = "HTTP/1.1") =>
  `GET ${target} ${version}\r\n${headers.map((line) => `${line}\r\n`).join("")}\r\n`;
const chunked = (...body: string[]) => post([TOKEN, "Transfer-Encoding: chunked"], body.join(""));

/** What no HTTP library would send. */
const CASES: readonly RawCase[] = [
  { name: "a chunk size that is no number", send: [chunked("zz\r\n{}\r\n0\r\n\r\n")] },
  { name: "a negative chunk size", send: [chunked("-1\r\n{}\r\n0\r\n\r\n")] },
  { name: "a chunk size beyond all numbers", send: [chunked("ffffffffffffffffff\r\n{}\r\n")] },
  { name: "chunks that do not end", send: [chunked("2\r\n{}\r\n"), "end"] },
  { name: "a chunk longer than its size", send: [chunked("1\r\n{}\r\n0\r\n\r\n")] },
  { name: "a flood of chunk extensions", send: [chunked(`2;${"a=b;".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`)] },
  { name: "trailers that lie", send: [chunked("2\r\n{}\r\n0\r\nContent-Length: 99\r\nX-Client-Token: y\r\n\r\n")] },
  { name: "two lengths", send: [post([TOKEN, "Content-Length: 2", "Content-Length: 3"], "{}")] },
  {
    name: "a length and chunks",
    send: [post([TOKEN, "Content-Length: 4", "Transfer-Encoding: chunked"], "0\r\n\r\n")],
  },
  { name: "an encoding that is none", send: [post([TOKEN, "Transfer-Encoding: xchunked"], "{}")] },
  { name: "a length that is no number", send: [post([TOKEN, "Content-Length: two"], "{}")] },
  { name: "a negative length", send: [post([TOKEN, "Content-Length: -2"], "{}")] },
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
  { name: "a header with NUL", send: [get("/healthz", ["Host: localhost", "X-Nul: a\0b"])] },
  { name: "a folded header", send: [get("/healthz", ["Host: localhost", "X-Fold: a", " b"])] },
  { name: "a header without a colon", send: [get("/healthz", ["Host: localhost", "nothing"])] },
  { name: "a space before the colon", send: [get("/healthz", ["Host: localhost", "X-Space : a"])] },
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

const QUIET_MS = 300;
const PATIENCE_MS = 4_000;

/** Sends each of them on a connection of its own; a fault is a 5xx, or a server that does not answer afterwards. */
export async function fuzzRawSockets(address: string): Promise<FuzzRow> {
  const { hostname, port } = new URL(address);
  const row: FuzzRow = { id: "raw sockets", sent: 0, answers: {}, faults: [] };
  await Promise.all(
    CASES.map(async ({ name, send }) => {
      row.sent += 1;
      const received = await talk(hostname, Number(port), send);
      const statuses = [...received.matchAll(/^HTTP\/1\.1 (\d)(\d\d)/gm)];
      const digit = statuses[0]?.[1] ?? "closed";
      row.answers[digit] = (row.answers[digit] ?? 0) + 1;
      if (statuses.some(([, first]) => first === "5")) row.faults.push(`${name}: ${received.slice(0, 200)}`);
    }),
  );
  const alive = await fetch(`${address}/healthz`).then(
    (answer) => answer.status,
    () => 0,
  );
  if (alive !== 200) row.faults.push(`the server does not answer any more: ${alive}`);
  return row;
}

/** Everything that came back until the other side closed, or was quiet for a while. */
function talk(host: string, port: number, send: RawCase["send"]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    let received = "";
    let quiet: NodeJS.Timeout | undefined;
    const end = () => {
      clearTimeout(quiet);
      clearTimeout(limit);
      socket.destroy();
      resolve(received);
    };
    const limit = setTimeout(end, PATIENCE_MS);
    socket.on("data", (part) => {
      received += part.toString("latin1");
      clearTimeout(quiet);
      quiet = setTimeout(end, QUIET_MS);
    });
    socket.on("close", end);
    // A refused connection is one of the answers that are looked for.
    socket.on("error", end);
    void say(socket, send);
  });
}

async function say(socket: ReturnType<typeof connect>, send: RawCase["send"]): Promise<void> {
  for (const part of send) {
    if (typeof part === "number") await new Promise((resolve) => setTimeout(resolve, part));
    else if (part === "end") socket.end();
    else if (!socket.destroyed) socket.write(part);
  }
}
