import type { StartJobBody } from "@/lib/api/start-job";
import { SINGLE_TASK_BLUEPRINT } from "@/lib/blueprint/names";
import type { Actor } from "@/lib/job-event";
import type { JsonObject, JsonValue } from "@/lib/json";
import { OPERATORS_CLIENT } from "@/server/catalogue/register-blueprints";
import type { Deps } from "@/server/deps";
import type { Signal } from "@/server/engine/signal";
import { notFound } from "@/server/errors";
import { enqueueTask } from "@/server/jobs/enqueue-task";
import { KnownTasks } from "@/server/jobs/known-tasks";
import { ignoredRefusal } from "@/server/jobs/refusal";
import { startJob } from "@/server/jobs/start-job";
import { isJobOf, openApprovalOf, readJobState } from "@/server/store/reads/job-states";
import { readLastTaskEnd } from "@/server/store/task-ends";
import type { ApplyResult } from "@/server/turn/engine-contract";
import { awaitJob } from "./await-job";
import { type EnqueueOptions, taskOrderOf } from "./enqueue";
import { JobError, type JobState } from "./job-errors";
import type { DecideOptions, RunOptions, StartOptions } from "./options";

const LIBRARY: Actor = { kind: "client", id: String(OPERATORS_CLIENT), name: "library" };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a started library does for its program, on the parts of this process. */
export function runningBatuta(deps: Deps) {
  const knownTasks = new KnownTasks(deps.database);

  async function start(blueprint: string, input: JsonObject, options: StartOptions): Promise<string> {
    const head = await deps.catalogue.head(blueprint);
    if (!head) throw notFound(`Blueprint ${blueprint}`);
    const { metadata, by = LIBRARY, idempotencyKey = null } = options;
    const body: StartJobBody = { initial_data: input, ...(metadata ? { metadata } : {}) };
    const order = { blueprint: head, body, clientId: OPERATORS_CLIENT, ownOnly: false, starter: by, trace: {} };
    return (await startJob(deps.engine, { ...order, idempotencyKey })).jobId;
  }

  async function job(jobId: string): Promise<JobState> {
    const row = UUID.test(jobId) ? await readJobState(deps.database.pool, jobId) : null;
    if (!row) throw notFound(`Job ${jobId}`);
    return { jobId, ...row };
  }

  async function enqueue(task: string, input: JsonObject, options: EnqueueOptions): Promise<string> {
    const known = options.park ? task : await knownTasks.known(task);
    const { order, job: jobOptions } = taskOrderOf(known, input, options);
    const { by: starter = LIBRARY, idempotencyKey = null, traceparent } = options;
    const trace: Record<string, string> = traceparent ? { traceparent } : {};
    const whose = { clientId: OPERATORS_CLIENT, starter, client: null, idempotencyKey, trace };
    return (await enqueueTask(deps, { ...whose, order, options: jobOptions })).jobId;
  }

  async function wait(jobId: string, { timeoutMs, signal }: Pick<RunOptions, "timeoutMs" | "signal">) {
    try {
      return await awaitJob(() => job(jobId), { timeoutMs: timeoutMs ?? null, signal });
    } catch (error) {
      throw error instanceof JobError ? await withTaskError(error) : error;
    }
  }

  /** A job of one task failed with what its task failed with. */
  async function withTaskError(error: JobError): Promise<JobError> {
    const { pool } = deps.database;
    if (error.status === "cancelled" || !(await isJobOf(pool, error.jobId, SINGLE_TASK_BLUEPRINT))) return error;
    const end = await readLastTaskEnd(deps.database, error.jobId);
    if (!end?.error) return error;
    const { jobId, status, state, result } = error;
    const { code, message, details } = end.error;
    return new JobError({ jobId, status, state, result, error: { code, message } }, details);
  }

  async function apply(signal: Signal): Promise<Extract<ApplyResult, { applied: true }>> {
    const result = await deps.engine.apply(signal);
    if (!result.applied) throw ignoredRefusal(result.reason, result);
    return result;
  }

  return {
    startJob: start,
    enqueue,
    wait,
    job,
    apply,
    async run(blueprint: string, input: JsonObject, options: RunOptions): Promise<JsonValue> {
      return wait(await start(blueprint, input, options), options);
    },
    async decide(jobId: string, decision: string, { by = LIBRARY, comment, values }: DecideOptions): Promise<void> {
      await job(jobId);
      const no = await openApprovalOf(deps.database.pool, jobId);
      if (no === null) throw ignoredRefusal("not_waiting");
      const said = { ...(comment === undefined ? {} : { comment }), ...(values === undefined ? {} : { values }) };
      await apply({ kind: "approval_decided", jobId, no, decision, by, ...said });
    },
    async ask(
      kind: "cancel" | "retry" | "pause" | "resume",
      jobId: string,
      { by = LIBRARY, reason }: { by?: Actor; reason?: string },
    ): Promise<void> {
      await job(jobId);
      await apply({ kind, jobId, by, ...(reason ? { reason } : {}) });
    },
    async signal(jobId: string, name: string, payload: JsonValue | undefined, by: Actor = LIBRARY): Promise<void> {
      await job(jobId);
      await apply({ kind: "signal_sent", jobId, name, by, ...(payload === undefined ? {} : { payload }) });
    },
  };
}
