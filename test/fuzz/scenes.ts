/** What one operation needs of the system to be reached with requests that are as they should be. */

export interface Stage {
  say(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<{ status: number; body: unknown; location: string | null }>;
  client: Record<string, string>;
  worker: Record<string, string>;
  /**
   * `<operation>.<parameter>`: values for that one place. `at:<operation>`: whole paths, with their queries.
   * `body:<operation>`: members that belong together.
   */
  know(name: string, value: unknown): void;
  publish(jobId: string): Promise<void>;
}

type Scene = (stage: Stage) => Promise<void>;

const MANY = 25;
const POLLS = 30;

async function jobs({ say, client }: Stage, blueprint: string, count = MANY): Promise<string[]> {
  const ids: string[] = [];
  for (let no = 0; no < count; no++) {
    const { body } = await say("POST", `/api/v1/jobs/${blueprint}`, client, {
      initial_data: { a: no, user_id: "one" },
    });
    const { job_id } = body as { job_id?: string };
    if (job_id === undefined) throw new Error(`${blueprint} was not started: ${JSON.stringify(body)}`);
    ids.push(job_id);
  }
  return ids;
}

/** Asks until the job is in this status. */
async function until({ say, client }: Stage, jobId: string, status: string): Promise<void> {
  for (let no = 0; no < POLLS; no++) {
    const { body } = await say("GET", `/api/v1/jobs/${jobId}`, client);
    if ((body as { status?: string }).status === status) return;
  }
}

/** Jobs of a blueprint for one operation; `settled`: the last of them is in this status before it begins. */
function jobsOf(operation: string, blueprint: string, settled?: string): [string, Scene] {
  return [
    operation,
    async (stage) => {
      const ids = await jobs(stage, blueprint);
      if (settled) await until(stage, ids.at(-1) ?? "", settled);
      for (const id of ids) stage.know(`${operation}.job_id`, id);
    },
  ];
}

function paused(operation: string): [string, Scene] {
  return [
    operation,
    async (stage) => {
      for (const id of await jobs(stage, "fuzz_waits")) {
        await stage.say("POST", `/api/v1/jobs/${id}/pause`, stage.client, {});
        stage.know(`${operation}.job_id`, id);
      }
    },
  ];
}

async function approvalsOf(stage: Stage, blueprint: string): Promise<string[]> {
  const started = await jobs(stage, blueprint);
  const last = started.at(-1) ?? "";
  await until(stage, last, "waiting_for_human");
  const { body } = await stage.say("GET", `/api/v1/approvals?limit=200&blueprint=${blueprint}`, stage.client);
  return (body as { approval_id: string }[]).map(({ approval_id }) => approval_id);
}

function approvals(operation: string, blueprint: string, voted = false): [string, Scene] {
  return [
    operation,
    async (stage) => {
      for (const id of await approvalsOf(stage, blueprint)) {
        if (voted) await stage.say("POST", `/api/v1/approvals/${id}/decide`, stage.client, { decision: "approved" });
        stage.know(`${operation}.approval_id`, id);
      }
    },
  ];
}

async function selections({ say, client }: Stage): Promise<string[]> {
  const ids: string[] = [];
  for (let no = 0; no < MANY; no++) {
    const { body } = await say("POST", "/api/v1/bulk/selections", client, { filter: { blueprint: "fuzz_any" } });
    ids.push((body as { selection_id: string }).selection_id);
  }
  return ids;
}

const ACTIONS = ["cancel", "pause", "resume", "retry", "requeue", "give_up"];

/** One file of a job; its links. */
async function files(stage: Stage): Promise<void> {
  const { say, client, know } = stage;
  for (const id of await jobs(stage, "fuzz_waits", 5)) {
    const content = `/api/v1/jobs/${id}/files/content/a.txt`;
    await say("PUT", content, client, { some: "bytes" });
    know("at:getJobFile", content);
    const download = `/api/v1/jobs/${id}/files/download/a.txt`;
    know("at:downloadJobFile", download);
    const { location } = await say("GET", download, client);
    if (location) know("at:getFileByLink", location);
    const { body } = await say("GET", `/api/v1/jobs/${id}/files/upload?filename=b.txt`, client);
    const { url } = body as { url?: string };
    if (url) know("at:putFileByLink", url.replace(/^https?:\/\/[^/]+/, ""));
  }
}

interface InHand {
  job_id: string;
  task_id: string;
  worker_id: string;
}

/** Tasks in the worker's hands, as results and events name them. */
async function tasksInHand(stage: Stage): Promise<InHand[]> {
  await jobs(stage, "fuzz_works");
  const tasks: InHand[] = [];
  while (tasks.length < MANY) {
    const path = "/_worker/workers/fuzz-worker/tasks/next?timeout=0.2";
    const { status, body } = await stage.say("GET", path, stage.worker);
    if (status !== 200) break;
    const { job_id, task_id } = body as InHand;
    tasks.push({ job_id, task_id, worker_id: "fuzz-worker" });
  }
  return tasks;
}

function inHand(operation: string): [string, Scene] {
  return [
    operation,
    async (stage) => {
      for (const task of await tasksInHand(stage)) stage.know(`body:${operation}`, task);
    },
  ];
}

function quarantined(operation: string): [string, Scene] {
  return [
    operation,
    async (stage) => {
      const error = { code: "PERMANENT_ERROR", message: "for good" };
      for (const task of await tasksInHand(stage)) {
        await stage.say("POST", "/_worker/tasks/result", stage.worker, { ...task, status: "failure", error });
        stage.know(`${operation}.job_id`, task.job_id);
      }
    },
  ];
}

export const SCENES: ReadonlyMap<string, Scene> = new Map([
  jobsOf("sendSignal", "fuzz_waits"),
  jobsOf("cancelJob", "fuzz_waits"),
  jobsOf("pauseJob", "fuzz_waits"),
  jobsOf("setJobPriority", "fuzz_works"),
  jobsOf("completeStep", "fuzz_works"),
  jobsOf("forkJob", "fuzz_any"),
  jobsOf("retryJob", "fuzz_fails", "failed"),
  quarantined("requeueJob"),
  quarantined("giveUpJob"),
  jobsOf("approvalWebhook", "fuzz_asks", "waiting_for_human"),
  paused("resumeJob"),
  approvals("decideApproval", "fuzz_asks"),
  approvals("delegateApproval", "fuzz_asks"),
  approvals("withdrawVote", "fuzz_votes", true),
  inHand("sendResult"),
  inHand("sendEvent"),
  ["nextTask", async (stage) => void (await jobs(stage, "fuzz_works"))],
  [
    "getProcessStatus",
    async ({ say, client, know }) => {
      for (let no = 0; no < MANY; no++) {
        const order = { process_type: "fuzz_process", user_id: `user ${no}` };
        const { body } = await say("POST", "/api/process/", client, order);
        know("getProcessStatus.process_id", (body as { process_id: string }).process_id);
      }
    },
  ],
  [
    "startBulk",
    async (stage) => {
      for (const [no, selection_id] of (await selections(stage)).entries())
        stage.know("body:startBulk", {
          selection_id,
          action: ACTIONS[no % ACTIONS.length],
          patch: undefined,
          priority: undefined,
        });
    },
  ],
  [
    "getBulk",
    async (stage) => {
      for (const selection_id of (await selections(stage)).slice(0, 5)) {
        const { body } = await stage.say("POST", "/api/v1/bulk", stage.client, { selection_id, action: "retry" });
        const { job_id } = body as { job_id?: string };
        if (job_id) stage.know("getBulk.job_id", job_id);
      }
    },
  ],
  ...["getJobFile", "downloadJobFile", "getFileByLink", "putFileByLink"].map((id): [string, Scene] => [id, files]),
  ...["listReports", "getReport", "getReportChunks"].map((id): [string, Scene] => [
    id,
    async (stage) => {
      const [job] = await jobs(stage, "fuzz_waits", 1);
      if (job) await stage.publish(job);
      await stage.say("GET", "/api/v1/reports", stage.client);
    },
  ]),
  [
    "deleteBlueprintVersion",
    async ({ say, client, know }) => {
      const done = { type: "end", start: true, outcome: "success" };
      for (let no = 0; no < MANY; no++) {
        await say("PUT", `/api/v1/blueprints/fuzz_gone_${no}`, client, { name: `fuzz_gone_${no}`, states: { done } });
        know("at:deleteBlueprintVersion", `/api/v1/blueprints/fuzz_gone_${no}/versions/1`);
      }
    },
  ],
  ...["changeClient", "deleteClient", "rotateClient"].map((id): [string, Scene] => [
    id,
    async ({ say, client, know }) => {
      for (let no = 0; no < MANY; no++) {
        const { body } = await say("POST", "/api/v1/clients", client, { name: `${id}-${no}`, scopes: ["jobs"] });
        know(`${id}.client_id`, (body as { client: { id: number } }).client.id);
      }
    },
  ]),
  ...["changeWorkerToken", "deleteWorkerToken", "rotateWorkerToken"].map((id): [string, Scene] => [
    id,
    async ({ say, client, know }) => {
      for (let no = 0; no < MANY; no++) {
        const { body } = await say("POST", "/api/v1/worker-tokens", client, { name: `${id}-${no}`, worker: `w${no}` });
        know(`${id}.token_id`, (body as { worker_token: { id: number } }).worker_token.id);
      }
    },
  ]),
  [
    "refreshAccessToken",
    async ({ say, worker }) => {
      for (let no = 0; no < MANY; no++) await say("POST", "/_worker/auth/token", worker, {});
    },
  ],
]);
