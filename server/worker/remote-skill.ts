import { z } from "zod";
import { version } from "@/package.json";
import { defineSkill, outcome, type Skill, SkillError, TaskStopped } from "@/server/worker-sdk/sdk";
import type { WorkerMetrics } from "./metrics";
import type { StopReason } from "./run-task";
import type { TaskOutcome } from "./task-outcome";
import type { TaskRuntime } from "./task-runtime";

/** A task of this worker as the SDK runs it for an orchestrator elsewhere. */
export function remoteSkill(type: string, runtime: TaskRuntime, metrics: Pick<WorkerMetrics, "ended">): Skill {
  return defineSkill({
    name: type,
    version,
    input: z.looseObject({}),
    async run(params, context) {
      const { jobId, taskId, attempt, idempotencyKey, signal, limitMs: timeoutMs } = context;
      const begun = { is: false };
      const onStarted = () => {
        begun.is = true;
      };
      const onProgress = (fraction: number, message?: string) => context.progress(fraction, message);
      const facts = { jobId, taskId, attempt, idempotencyKey, timeoutMs };
      const run = runtime.run({ ...facts, type, params: JSON.stringify(params), onStarted, onProgress });
      // Its own limit ends code that runs: that knows how it was ended.
      const stop = () => (isDeadline(signal) && begun.is) || run.stop(stopReasonOf(signal.reason));
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
      const ended = await run.outcome;
      signal.removeEventListener("abort", stop);
      const { outcome: word, error, ms } = ended;
      metrics.ended({ type, outcome: word, ms, ...(error ? { code: error.code } : {}) });
      if (!isDeadline(signal)) signal.throwIfAborted();
      else if (!begun.is)
        throw new SkillError("TIMEOUT_ERROR", "Its time limit was over before a slot was free for it");
      if (error) throw errorOf(error, ended.retryAfterMs);
      return outcome(word, ended.data);
    },
  });
}

function errorOf({ code, message, details }: NonNullable<TaskOutcome["error"]>, retryAfterMs?: number): SkillError {
  return new SkillError(code, message, { details, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

function isDeadline({ reason }: AbortSignal): boolean {
  return reason instanceof TaskStopped && reason.reason === "deadline";
}

function stopReasonOf(reason: unknown): StopReason {
  const why = reason instanceof TaskStopped ? reason.reason : "cancelled";
  if (why === "deadline") return "cancelled";
  return why === "drained" ? "shutdown" : why;
}
