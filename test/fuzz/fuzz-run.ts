import { type Contract, contractOf } from "@/test/support/contract";
import { createAsker } from "./ask";
import { type FuzzRow, fuzzTarget } from "./fuzz-target";
import { fuzzRawSockets } from "./raw-socket";
import type { Credentials, FuzzRequest } from "./requests";
import { targetsOf } from "./targets";
import { createWorld } from "./world";

export interface FuzzRun {
  /** Of the running system, as in `http://127.0.0.1:4711`. */
  address: string;
  credentials: Credentials;
  seed: number;
  /** Requests for each operation. */
  valid: number;
  broken: number;
  /** Only operations whose id has this in it. */
  only?: string | undefined;
  /** Fresh jobs before each operation, because those before may have ended them; default true. */
  replenishing?: boolean;
  /** Only one of so many operations, others with another seed; default 1: all. */
  oneIn?: number;
  /** What answers are held against; default the system's own document. */
  contract?: Contract;
  /** Publishes a report of the job, as only a task can; default: there are none. */
  publish?: (jobId: string) => Promise<void>;
  /** Hears of each operation when it is done. */
  onRow(row: FuzzRow): void;
}

/** Fuzzes every operation of the system's own document, its blueprints' endpoints among them, then its bare sockets. */
export async function runFuzz(run: FuzzRun): Promise<FuzzRow[]> {
  const asker = createAsker(run.address);
  const { credentials } = run;
  const ask = async (method: string, path: string, headers: Record<string, string>, body: unknown) => {
    const sent: FuzzRequest = {
      method,
      path,
      headers: { ...headers, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    };
    const { status, text, headers: told } = await asker.ask(sent);
    const isJson = /json/.test(told.get("content-type") ?? "");
    return { status, body: text && isJson ? (JSON.parse(text) as unknown) : null, location: told.get("location") };
  };
  const world = createWorld({ ask, credentials, publish: run.publish });
  try {
    await world.replenish();
    const found = await ask("GET", "/api/v1/openapi.json", credentials.client, undefined);
    const document = found.body as Record<string, unknown>;
    const contract = run.contract ?? contractOf(document);
    const rows: FuzzRow[] = [];
    const add = (row: FuzzRow) => {
      rows.push(row);
      run.onRow(row);
    };
    const { oneIn = 1 } = run;
    for (const [index, target] of targetsOf(document).entries()) {
      if (index % oneIn !== run.seed % oneIn) continue;
      if (run.only !== undefined && !target.id.includes(run.only)) continue;
      if (run.replenishing ?? true) await world.replenish(target.id);
      const { valid, broken, seed } = run;
      add(await fuzzTarget(target, { document, contract, asker, world, seed, valid, broken }));
    }
    if (run.only === undefined || run.only === "raw") add(await fuzzRawSockets(run.address, credentials));
    return rows;
  } finally {
    asker.close();
  }
}

/** operation × sent × 2xx × 3xx × 4xx × 5xx, in columns; then the statuses, with a star those that the document has in general only. */
export function rowText({ id, sent, answers, faults, statuses, others }: FuzzRow): string {
  const of = (digit: string) => String(answers[digit] ?? 0).padStart(6);
  const counted = Object.entries(statuses).map(
    ([status, count]) => `${count}×${status}${others.includes(status) ? "*" : ""}`,
  );
  const unnamed = counted.length === 0 ? "" : `   ${counted.join(" ")}`;
  const told = faults.length === 0 ? "" : `   ${faults.length} FAULTS`;
  return `${id.padEnd(32)}${String(sent).padStart(6)}${of("2")}${of("3")}${of("4")}${of("5")}${unnamed}${told}`;
}

export const HEAD_TEXT = `${"operation".padEnd(32)}${"sent".padStart(6)}${["2xx", "3xx", "4xx", "5xx"].map((word) => word.padStart(6)).join("")}`;
