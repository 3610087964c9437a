import { hostname } from "node:os";
import { createLog } from "@/server/log";
import { createRunningWorker, type Worker } from "./running-worker";
import { checkOptions, type WorkerOptions } from "./worker-options";

export { NoAnswerError } from "./http-client";
export type { OrchestratorOptions, TlsOptions } from "./orchestrator-options";
export type { Worker, WorkerState } from "./running-worker";
export { defineSkill, Outcome, outcome, type Skill, type SkillDefinition } from "./skill";
export {
  type EventSchemas,
  type JobFiles,
  type SkillAnswer,
  type SkillContext,
  type StopReason,
  TaskStopped,
} from "./skill-context";
export {
  ContractError,
  PermanentError,
  RetryableError,
  SkillError,
  type SkillErrorOptions,
  ValidationError,
} from "./skill-error";
export { WireError } from "./wire-error";
export type { WorkerLog } from "./worker-log";
export type { Allowance, OrchestratorMode, WorkerOptions } from "./worker-options";

const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/**
 * Makes a worker that serves orchestrators over HTTP. Throws a TypeError naming every option at fault; `start` registers
 * it. Signals of the process are the program's own matter: call `stop` on SIGTERM.
 */
export function createWorker(options: WorkerOptions): Worker {
  checkOptions(options);
  const hide = options.orchestrators.flatMap(({ token, clientToken }) => [token, clientToken]);
  const write = (line: string) => void process.stderr.write(`${line}\n`);
  const log =
    options.log === false ? SILENT : (options.log ?? createLog({ level: "info", format: "text", hide, write }));
  return createRunningWorker(options, hostname(), log);
}

function nothing(): void {
  // A worker without a log.
}
