import pg from "pg";
import type { Statement } from "./commit-parameters";
import { CONNECTION_LIMITS } from "./database";
import { isTransient } from "./errors";

/** The plan is the same whatever the values, so it is made once; see the plan tests before changing any of these. */
const SETTINGS = [
  "set plan_cache_mode = force_generic_plan",
  "set jit = off",
  // Plans are made when tables may still be empty: without these, the first one could be a scan that stays for hours.
  "set enable_seqscan = off",
  "set enable_mergejoin = off",
].join("; ");

const BACKOFF_MS = { first: 50, most: 1_000 } as const;

/**
 * One connection with prepared statements and at most one of them in flight; calls wait for each other. A connection that
 * died is replaced by the next call, at most once in a backoff that grows to a second; until then calls fail at once.
 */
export class DedicatedClient {
  private client: pg.Client | null = null;
  private tail: Promise<unknown> = Promise.resolve();
  private failures = 0;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly name: string,
    private readonly onError: (error: Error) => void = () => undefined,
  ) {}

  /** Rows as arrays. Throws what the driver throws; `isTransient` tells what may be tried again after a fresh load. */
  query(statement: Statement): Promise<unknown[][]> {
    const run = this.tail.then(() => this.run(statement));
    this.tail = run.catch(() => undefined);
    return run;
  }

  /** Waits for what is under way and ends the connection; later calls are refused. */
  async close(): Promise<void> {
    this.closed = true;
    await this.tail;
    const client = this.client;
    this.client = null;
    if (client) await client.end();
  }

  private async run(statement: Statement): Promise<unknown[][]> {
    const client = this.client ?? (await this.connect());
    try {
      const result = await client.query<unknown[]>({ ...statement, rowMode: "array" });
      return result.rows;
    } catch (error) {
      // After an error of the server the connection is sound; after anything else nobody knows what it would say next.
      if (!(error instanceof pg.DatabaseError) || isConnectionEnd(error)) this.drop(client);
      throw error;
    }
  }

  private async connect(): Promise<pg.Client> {
    if (this.closed) throw new Error(`Lane is closed: ${this.name}`);
    if (this.failures > 0) await pause(Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** (this.failures - 1)));
    const client = new pg.Client({ ...CONNECTION_LIMITS, connectionString: this.url, application_name: this.name });
    client.on("error", (error) => {
      this.drop(client);
      this.onError(error);
    });
    client.on("end", () => this.drop(client));
    try {
      await client.connect();
      await client.query(SETTINGS);
    } catch (error) {
      this.failures += 1;
      this.drop(client);
      throw error;
    }
    this.failures = 0;
    this.client = client;
    return client;
  }

  private drop(client: pg.Client): void {
    if (this.client === client) this.client = null;
    // The server may never answer a goodbye on a link that went silent: the socket is closed without one.
    client.end().catch((error: Error) => this.onError(error));
    client.connection.stream.destroy();
  }
}

/** The server said that it closes this connection. */
function isConnectionEnd(error: pg.DatabaseError): boolean {
  return isTransient(error) && /^(57P0|08|25P03)/.test(error.code ?? "");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
