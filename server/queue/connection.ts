import { Redis, type RedisOptions } from "ioredis";
import { quietTrouble, type TroubleListener } from "@/server/queue/trouble";

export interface ConnectionOptions {
  /** `redis://[[user]:password@]host:port[/db]`, or `rediss://` for TLS. */
  url: string;
  /** Shown by `CLIENT LIST`. */
  name: string;
  onTrouble?: TroubleListener;
}

/** Longest single blocking read. */
export const BLOCK_MS = 2_000;
/** A socket that owes an answer for so long is dropped: longer than any blocking read. */
const SOCKET_TIMEOUT_MS = 6_000;
/** A read that has not settled by then costs the reader its client: the last line of defence. */
const WATCHDOG_MS = 10_000;
const CONNECT_TIMEOUT_MS = 5_000;
const PING_EVERY_MS = 3_000;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 2_000;

/**
 * A connection for short commands. It never throws by itself, reconnects for ever with jittered backoff, and rejects
 * what is pending as soon as the link breaks or a connection attempt fails: nothing waits for a Redis that is gone, and
 * nothing is sent twice behind the caller's back.
 */
export function connectWriter(options: ConnectionOptions): Redis {
  const redis = new Redis(options.url, redisOptions(options));
  const tell = quietTrouble(options.onTrouble);
  redis.on("error", (error: unknown) => tell("Redis connection failed", error));
  return redis;
}

/**
 * A connection that only listens to one channel. It subscribes anew on every connection, and pings, so that a
 * half-open link is found out within seconds although nothing is ever sent on it.
 */
export function connectSubscriber(
  options: ConnectionOptions,
  channel: string,
  listener: (message: string) => void,
): { close(): void } {
  const redis = connectWriter(options);
  const tell = quietTrouble(options.onTrouble);
  redis.on("message", (_channel: string, message: string) => listener(message));
  redis.on("ready", () => {
    redis.subscribe(channel).catch((error: unknown) => tell("Redis subscription failed", error));
  });
  const pings = setInterval(() => {
    if (redis.status === "ready") redis.ping().catch((error: unknown) => tell("Redis subscriber lost", error));
  }, PING_EVERY_MS);
  pings.unref();
  return {
    close() {
      clearInterval(pings);
      redis.disconnect();
    },
  };
}

function redisOptions(options: ConnectionOptions): RedisOptions {
  return {
    connectionName: options.name,
    // Replies have one shape for every server version that way.
    protocol: 2,
    disableClientInfo: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // The library resubscribes with a promise that nobody holds: a rejection there would end the process.
    autoResubscribe: false,
    retryStrategy: retryDelay,
  };
}

/** Milliseconds before connection attempt `times`: exponential from 50 ms to 2 s, between half and all of it. */
export function retryDelay(times: number): number {
  const full = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(times - 1, 10));
  return Math.round(full * (0.5 + Math.random() / 2));
}

/** True when the error says that a stream has no consumer group: Redis was emptied, or the stream is new. */
export function isGroupMissing(error: unknown): boolean {
  return error instanceof Error && /NOGROUP|UNBLOCKED/.test(error.message);
}

/**
 * A connection for blocking reads, one at a time. A half-open link makes a read reject after 6 s by the socket timeout,
 * or after 10 s by the watchdog, which replaces the client altogether.
 */
export class RedisReader {
  private client: Redis;
  private clientId: number | null = null;
  private closed = false;
  private busy: Promise<unknown> | null = null;

  /** `onLost` is called whenever replies may have been lost on the way: entries were delivered, but not seen here. */
  constructor(
    private readonly options: ConnectionOptions,
    private readonly onLost?: () => void,
  ) {
    this.client = this.connect();
  }

  /** Sends one command. Rejects when Redis refuses it or does not answer; never hangs. */
  async read(args: (string | number)[]): Promise<unknown> {
    if (this.closed) throw new Error("The reader is closed");
    const [command, ...rest] = args;
    let watchdog: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      watchdog = setTimeout(() => {
        this.replace();
        reject(new Error(`Redis did not answer a read for ${WATCHDOG_MS} ms`));
      }, WATCHDOG_MS);
    });
    const reading = Promise.race([this.client.call(String(command), ...rest), silence]);
    this.busy = reading.catch(() => null);
    try {
      return await reading;
    } finally {
      clearTimeout(watchdog);
      this.busy = null;
    }
  }

  /** Ends a read that is blocked, by way of another connection, and closes. What the read had got is still returned. */
  async close(writer: Redis): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const { busy, clientId } = this;
    if (busy && clientId !== null && writer.status === "ready") {
      await writer.client("UNBLOCK", clientId).catch(() => 0);
      await Promise.race([busy, new Promise((resolve) => setTimeout(resolve, 500))]);
    }
    this.client.disconnect();
  }

  private replace(): void {
    this.client.disconnect();
    this.onLost?.();
    if (!this.closed) this.client = this.connect();
  }

  private connect(): Redis {
    const client = connectWriter(this.options);
    client.on("close", () => {
      this.clientId = null;
      this.onLost?.();
    });
    client.on("ready", () => {
      // Without its id a blocked read ends by itself a moment later, so a refusal costs nothing.
      client.client("ID").then(
        (id) => {
          this.clientId = id;
        },
        () => {
          this.clientId = null;
        },
      );
    });
    return client;
  }
}
