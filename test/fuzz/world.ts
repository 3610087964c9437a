import type { Credentials } from "./requests";
import { SCENES } from "./scenes";

/** What the run knows of the running system: values of members by their names. */
export interface World {
  credentials: Credentials;
  known(name: string): readonly unknown[];
  /** Remembers ids and tokens of an answer. */
  learn(answer: unknown): void;
  /**
   * Makes sure that there are blueprints, open and ended jobs, an approval, a task and a registered worker; and what this
   * operation needs besides.
   */
  replenish(operation?: string): Promise<void>;
}

export interface WorldOptions {
  ask(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: unknown,
  ): Promise<{ status: number; body: unknown; location: string | null }>;
  credentials: Credentials;
  /** Publishes a report of the job, as only a task can. */
  publish?: ((jobId: string) => Promise<void>) | undefined;
}

/** Longer lists would only repeat themselves. */
const MOST_KNOWN = 100;
const WORKER = "fuzz-worker";
const SKILL = "fuzz_skill";

const done = { type: "end", outcome: "success" };
const set = { type: "set", start: true, values: { a: 1 }, to: "done" };
const BLUEPRINTS = [
  { name: "fuzz_any", states: { begin: set, done } },
  {
    name: "fuzz_typed",
    input_schema: { type: "object", properties: { who: { type: "string" }, boxes: { type: "integer", minimum: 0 } } },
    states: { begin: set, done },
  },
  {
    name: "fuzz_asks",
    states: { ask: { type: "approval", start: true, message: "?", transitions: { approved: "done" } }, done },
  },
  { name: "fuzz_fails", states: { begin: { ...set, values: { a: "${initial_data.missing}" } }, done } },
  {
    name: "fuzz_works",
    states: { work: { type: "task", start: true, task_type: SKILL, transitions: { success: "done" } }, done },
  },
  {
    name: "fuzz_waits",
    states: { wait: { type: "wait", start: true, signal: "go", transitions: { received: "done" } }, done },
  },
  {
    name: "fuzz_votes",
    states: {
      ask: { type: "approval", start: true, message: "?", quorum: 3, transitions: { approved: "done" } },
      done,
    },
  },
  {
    name: "fuzz_process",
    input_schema: { type: "object", required: ["user_id"], properties: { user_id: { type: "string" } } },
    states: {
      begin: { type: "set", start: true, values: { a: 1 }, to: "wait" },
      wait: { type: "wait", signal: "go", transitions: { received: "work" } },
      work: { type: "task", task_type: SKILL, transitions: { success: "done", failure: "done" } },
      done,
    },
  },
];

/** Members of answers that name something, and the names by which requests ask for it. */
const LEARNT: Readonly<Record<string, readonly string[]>> = {
  job_id: ["job_id", "parent", "cursor", "target_job_id", "ids"],
  selection_id: ["selection_id"],
  approval_id: ["approval_id"],
  task_id: ["task_id", "origin_task_id", "target_task_id"],
  refresh_token: ["refresh_token"],
  fingerprint: ["fingerprint"],
  report_id: ["report_id"],
  file_id: ["file_id"],
  filename: ["filename"],
  process_id: ["process_id"],
  id: ["operator_id", "client_id", "token_id"],
};

export function createWorld({ ask, credentials, publish }: WorldOptions): World {
  const values = new Map<string, unknown[]>([
    ["worker_id", [WORKER]],
    ["signer_id", [WORKER]],
    ["blueprints.name", BLUEPRINTS.map(({ name }) => name)],
    ["blueprint", BLUEPRINTS.map(({ name }) => name)],
    ["signals.name", ["go"]],
    ["decision", ["approved"]],
    ["outcome", ["success"]],
    ["state", ["begin", "done", "ask", "work", "quarantined"]],
    ["available_skills", [SKILL]],
    ["timeout", [0, 0.01]],
    ["status", ["finished", "waiting_for_human", "success"]],
    ["limit", [1, 10]],
    ["version", [1]],
    ["q", ["fuzz"]],
    ["expires_in", [60]],
    ["fields", ["status,result", "id"]],
    ["timestamp", [Math.floor(Date.now() / 1000)]],
    ["body:putBlueprint", [...BLUEPRINTS]],
    ["process_type", ["fuzz_process"]],
    ["task", [SKILL, "demo_echo", "demo_sleep"]],
    ["park", ["true"]],
    ["skill_name", [SKILL]],
    ["seq", [1, 2]],
    ["security", [{}]],
    ["Prefer", ["wait=0", "respond-async, wait=1"]],
    ["If-None-Match", ["*", '"p1-1", "p1-2", "p1-3"']],
    ["traceparent", ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]],
  ]);
  const add = (name: string, value: unknown) => {
    const list = values.get(name) ?? [];
    values.set(name, list);
    if (list.includes(value)) return;
    if (list.length >= MOST_KNOWN) list.shift();
    list.push(value);
  };
  const world: World = {
    credentials,
    known: (name) => (Object.hasOwn(Object.prototype, name) ? [] : (values.get(name) ?? [])),
    learn(answer) {
      visit(answer, (name, value) => {
        for (const known of (Object.hasOwn(LEARNT, name) ? LEARNT[name] : undefined) ?? []) add(known, value);
      });
    },
    async replenish(operation) {
      const { client, worker } = credentials;
      const say = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
        const answer = await ask(method, path, headers, body);
        world.learn(answer.body);
        return answer;
      };
      for (const blueprint of BLUEPRINTS) {
        const { status, body } = await say("PUT", `/api/v1/blueprints/${blueprint.name}`, client, blueprint);
        if (status >= 300) throw new Error(`${blueprint.name} was refused: ${JSON.stringify(body)}`);
        await say("POST", `/api/v1/jobs/${blueprint.name}`, client, { initial_data: { a: 1, user_id: "one" } });
      }
      await say("POST", "/_worker/workers/register", worker, {
        worker_id: WORKER,
        supported_skills: [{ name: SKILL }],
      });
      await say("GET", `/_worker/workers/${WORKER}/tasks/next?timeout=0.2`, worker);
      for (const list of ["approvals", "operators", "quarantine/clusters", "reports"])
        await say("GET", `/api/v1/${list}`, client);
      await say("POST", "/api/v1/bulk/selections", client, { filter: { status: ["finished"] } });
      const scene = operation === undefined ? undefined : SCENES.get(operation);
      await scene?.({ say, client, worker, know: add, publish: publish ?? (async () => undefined) });
    },
  };
  return world;
}

function visit(value: unknown, tell: (name: string, value: unknown) => void): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === "string") tell(name, inner);
    else visit(inner, tell);
  }
}
