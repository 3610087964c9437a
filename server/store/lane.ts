import type { JsonValue } from "@/lib/json";
import type { JobSubmission } from "@/server/engine/writes";
import { BlockRows } from "./block-columns";
import { type CommitWrites, commitStatement, submitStatement } from "./commit-parameters";
import { DedicatedClient } from "./dedicated-client";
import { LOAD, type LoadedJob, loadedJobs, uuidList } from "./load-jobs";

export interface SubmitResult {
  jobId: string;
  created: boolean;
  conflict: boolean;
  /** Why nothing is known of this one, while others of its batch were inserted. Submit it again with its key. */
  error?: unknown;
}

export interface CommitExtra {
  /** `<job>.<no>` of new and changed ready tasks that go into the window; the others go into the backlog. */
  announced?: ReadonlySet<string>;
  /** Rows of `signals` that these writes answer. Those of a job that lost stay. */
  signalRows?: string[];
}

/** One connection of the engine's: every change of a job goes through one of these, one statement at a time. */
export interface Lane {
  /**
   * Commits a batch in one statement; returns the ids of the winners. A job whose version is no longer the expected one
   * (or which is terminal, unless its write reopens it) writes nothing at all. On a transient error nothing is known:
   * load again and decide again; what was committed then answers stale.
   */
  commit(writes: CommitWrites[], extra?: CommitExtra): Promise<Set<string>>;
  /**
   * Inserts jobs with their first change, in one statement; results in the order of the submissions. Throws when that
   * statement fails; what fails after it is told in the results of those that it concerns.
   */
  submit(submissions: JobSubmission[], announced?: ReadonlySet<string>): Promise<SubmitResult[]>;
  /** Jobs with their events, and the database's clock, in one round trip. Ids without a job are absent. */
  load(jobIds: string[]): Promise<{ now: Date; jobs: LoadedJob[] }>;
  /** Params of open tasks by `<job>.<no>`; a task that is gone is absent. */
  taskParams(tasks: { jobId: string; no: number }[]): Promise<Map<string, JsonValue>>;
  close(): Promise<void>;
}

const NONE: ReadonlySet<string> = new Set();
const SUBMIT_ROUNDS = 3;

const TASK_NAMES = {
  name: "name",
  columns: [
    ["id", "uuid"],
    ["no", "int"],
  ],
} as const;
const TASK_PARAMS = {
  name: "task_params_1",
  text: `select k.job_id, k.no, k.params from unnest($1::text::uuid[], $2::text::int[]) as x(id, no),
    lateral (select * from tasks k where k.job_id = x.id and k.no = x.no offset 0) k`,
};
const OLD_KEYS = {
  name: "old_keys_1",
  text: `select x.ord::int, i.job_id, i.request_hash = decode(x.hash, 'hex')
    from unnest($1::text::int[], string_to_array($2::text, E'\\x1e'), string_to_array($3::text, E'\\x1e')) with ordinality as x(client_id, key, hash, ord),
    lateral (select * from idempotency i where i.client_id = x.client_id and i.key = x.key offset 0) i`,
};

/** Opens a lane; the connection itself is made by the first call. `onError` hears of connections that died while idle. */
export function openLane(url: string, name: string, onError?: (error: Error) => void): Lane {
  const client = new DedicatedClient(url, name, onError);
  return {
    async commit(writes, extra = {}) {
      const signalRows = extra.signalRows ?? [];
      if (writes.length === 0 && signalRows.length === 0) return new Set();
      const rows = await client.query(commitStatement(writes, extra.announced ?? NONE, signalRows));
      return new Set(rows.map((row) => row[0] as string));
    },
    submit: (submissions, announced = NONE) => submit(client, submissions, announced),
    async load(jobIds) {
      return loadedJobs(await client.query({ ...LOAD, values: [uuidList(jobIds)] }));
    },
    async taskParams(tasks) {
      const names = new BlockRows(TASK_NAMES);
      for (const { jobId, no } of tasks) names.add(jobId, jobId, no);
      if (names.length === 0) return new Map();
      const rows = await client.query({ ...TASK_PARAMS, values: names.parameters() });
      return new Map(rows.map((row) => [`${row[0]}.${row[1]}`, row[2] as JsonValue]));
    },
    close: () => client.close(),
  };
}

async function submit(
  client: DedicatedClient,
  submissions: JobSubmission[],
  announced: ReadonlySet<string>,
): Promise<SubmitResult[]> {
  const results: (SubmitResult | null)[] = submissions.map(() => null);
  const openOnes = () => submissions.flatMap((_, index) => (results[index] === null ? [index] : []));
  await insertOpen(client, submissions, announced, openOnes(), results);
  try {
    // A key can vanish between the insert that met it and the look at it (it was cleaned up): then it is free again.
    for (let round = 1; openOnes().length > 0; round++) {
      await resolveOldKeys(client, submissions, openOnes(), results);
      const free = openOnes();
      if (free.length === 0) break;
      if (round === SUBMIT_ROUNDS) throw new Error("an idempotency key kept appearing and vanishing; try again");
      await insertOpen(client, submissions, announced, free, results);
    }
  } catch (error) {
    for (const index of openOnes()) {
      const { jobId } = (submissions[index] as JobSubmission).writes;
      results[index] = { jobId, created: false, conflict: false, error };
    }
  }
  return results as SubmitResult[];
}

async function insertOpen(
  client: DedicatedClient,
  submissions: JobSubmission[],
  announced: ReadonlySet<string>,
  open: number[],
  results: (SubmitResult | null)[],
): Promise<void> {
  const batch = open.map((index) => submissions[index] as JobSubmission);
  const rows = await client.query(submitStatement(batch, announced));
  const created = new Set(rows.map((row) => row[0] as string));
  for (const index of open) {
    const { jobId } = (submissions[index] as JobSubmission).writes;
    if (created.has(jobId)) results[index] = { jobId, created: true, conflict: false };
  }
}

async function resolveOldKeys(
  client: DedicatedClient,
  submissions: JobSubmission[],
  open: number[],
  results: (SubmitResult | null)[],
): Promise<void> {
  const keyed = open.map((index) => submissions[index] as JobSubmission);
  const clientIds = `{${keyed.map((submission) => submission.clientId).join(",")}}`;
  const keys = keyed.map((submission) => submission.idempotency?.key ?? "").join("\u001e");
  const hashes = keyed
    .map(({ idempotency }) => Buffer.from(idempotency?.requestHash ?? []).toString("hex"))
    .join("\u001e");
  for (const [ord, jobId, same] of await client.query({ ...OLD_KEYS, values: [clientIds, keys, hashes] })) {
    const index = open[(ord as number) - 1];
    if (index !== undefined) results[index] = { jobId: jobId as string, created: false, conflict: same !== true };
  }
}
