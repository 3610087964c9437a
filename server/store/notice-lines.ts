import { randomBytes } from "node:crypto";
import pg from "pg";
import { CONNECTION_LIMITS } from "./database";

const CHANNEL = "batuta_notices";
/** Postgres takes payloads below 8,000 bytes. */
const MOST_BYTES = 7_800;
/** Lines that may wait for the connection; older ones are of no use to anybody by then. */
const MOST_WAITING = 1_000;
const BACKOFF_MS = { first: 100, most: 5_000 } as const;

interface NoticeLines {
  publish(line: string): void;
  subscribe(listener: (line: string) => void): void;
  close(): Promise<void>;
}

/**
 * Lines between the processes of one database by LISTEN and NOTIFY, on a connection of its own and never in the
 * transaction of a change. To this process they go at once, whether the connection is there or not; to others while it is.
 * A line that is too long for a payload stays in this process. The connection is made by the first use.
 */
export function createNoticeLines(options: {
  url: string;
  name: string;
  onError?: (error: Error) => void;
}): NoticeLines {
  const own = randomBytes(6).toString("base64url");
  const onError = options.onError ?? (() => undefined);
  let listeners: ((line: string) => void)[] = [];
  let client: pg.Client | null = null;
  let connecting: Promise<void> | null = null;
  let sending: Promise<void> | null = null;
  const waiting: string[] = [];
  let retry: NodeJS.Timeout | null = null;
  let failures = 0;
  let closed = false;

  function hear(line: string): void {
    for (const listener of listeners) listener(line);
  }

  function receive({ payload }: pg.Notification): void {
    if (!payload || payload.startsWith(`${own} `)) return;
    for (const line of JSON.parse(payload.slice(payload.indexOf(" ") + 1)) as string[]) hear(line);
  }

  function connect(): void {
    if (closed || client || connecting || retry) return;
    connecting = open()
      .catch((error: Error) => {
        failures += 1;
        onError(error);
        again();
      })
      .finally(() => {
        connecting = null;
      });
  }

  function again(): void {
    if (closed || retry) return;
    retry = setTimeout(
      () => {
        retry = null;
        connect();
      },
      Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** Math.min(failures, 10)),
    );
    retry.unref();
  }

  async function open(): Promise<void> {
    const made = new pg.Client({
      ...CONNECTION_LIMITS,
      connectionString: options.url,
      application_name: options.name,
    });
    const gone = (error?: Error) => {
      if (error) onError(error);
      if (client === made) client = null;
      made.connection.stream.destroy();
      again();
    };
    made.on("error", gone);
    made.on("end", () => gone());
    made.on("notification", receive);
    await made.connect();
    await made.query(`listen ${CHANNEL}`);
    if (closed) return void (await made.end());
    failures = 0;
    client = made;
    flush();
  }

  function flush(): void {
    if (sending || waiting.length === 0) return;
    if (!client) return connect();
    sending = send(client)
      .catch(onError)
      .finally(() => {
        sending = null;
        if (client && waiting.length > 0) flush();
      });
  }

  async function send(through: pg.Client): Promise<void> {
    while (waiting.length > 0 && client === through) {
      let payload = `${own} [`;
      let count = 0;
      for (const line of waiting) {
        const text = JSON.stringify(line);
        if (count > 0 && Buffer.byteLength(payload) + Buffer.byteLength(text) > MOST_BYTES) break;
        payload += count++ > 0 ? `,${text}` : text;
      }
      waiting.splice(0, count);
      await through.query({ name: "notice_1", text: "select pg_notify($1, $2)", values: [CHANNEL, `${payload}]`] });
    }
  }

  return {
    publish(line) {
      if (closed) return;
      setImmediate(() => hear(line));
      if (Buffer.byteLength(JSON.stringify(line)) > MOST_BYTES - 32) return;
      waiting.push(line);
      if (waiting.length > MOST_WAITING) waiting.shift();
      // What one turn of the loop says travels together.
      setImmediate(flush);
    },
    subscribe(listener) {
      listeners.push(listener);
      connect();
    },
    async close() {
      if (closed) return;
      await connecting;
      flush();
      await sending;
      closed = true;
      listeners = [];
      if (retry) clearTimeout(retry);
      const last = client;
      client = null;
      await last?.end().catch(onError);
    },
  };
}
