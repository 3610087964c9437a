import type { OrchestratorOptions } from "./orchestrator-options";
import type { Skill } from "./skill";
import type { WorkerLog } from "./worker-log";

/** `waterfall`: in order of priority. `round_robin`: in turn, by weight. `all`: at the same time. */
export type OrchestratorMode = "waterfall" | "round_robin" | "all";

/** How many tasks a worker may take: shares of it are set aside while it is not known what comes. */
export interface Allowance {
  /** Sets aside up to `limit`; returns how many. */
  ask(limit: number): number;
  /** Of those set aside, so many came; the others are free again. */
  came(granted: number, count: number): void;
}

export interface WorkerOptions {
  /** Its name: 1 to 128 letters, digits, `_`, `-`. Two workers of one name end each other's sessions. */
  workerId: string;
  workerType?: string;
  orchestrators: readonly OrchestratorOptions[];
  mode?: OrchestratorMode;
  skills: readonly Skill[];
  /** Tasks at once (default 4). */
  concurrency?: number;
  /** Polls that wait at the same time, at most (default 4, with several orchestrators 2; never more than free places). */
  polls?: number;
  /** Absent: it takes tasks until it is stopped. */
  allowance?: Allowance;
  /** Skills that can begin at once because what they need is loaded; see also `setHot`. */
  hotSkills?: readonly string[];
  /** `{ properties: { cpu_cores, ram_gb, … }, devices: [{ type, model, … }] }`; tasks may require them. */
  resources?: Record<string, unknown>;
  /** Name → version. */
  installedSoftware?: Record<string, string>;
  installedArtifacts?: readonly { name: string; version?: string; [more: string]: unknown }[];
  /** More of what it can do, free. */
  extra?: Record<string, unknown>;
  /** Listens for commands on a WebSocket, so that a cancel does not wait for the next heartbeat (default true). */
  websocket?: boolean;
  /** Commands other than `cancel_task`. */
  onCommand?: (command: { command: string; taskId?: string; jobId?: string; params: Record<string, unknown> }) => void;
  /** Signs messages with the token (default true). */
  sign?: boolean;
  /** How long a poll is held, in seconds (default 30). */
  pollSeconds?: number;
  /** Between two heartbeats, in milliseconds (default 10 000); the orchestrator may ask for more. */
  heartbeatMs?: number;
  /** How long `stop` waits for running tasks, in milliseconds (default 30 000). */
  drainMs?: number;
  /** Lines go to standard error unless told; `false`: nowhere. */
  log?: WorkerLog | false;
}

const NAME = /^[A-Za-z0-9_-]{1,128}$/;

/** Throws a TypeError naming every member of the options that is at fault. */
export function checkOptions(options: WorkerOptions): void {
  const faults: string[] = [];
  const whole = (name: string, value: number | undefined, least: number, most: number) => {
    if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
    faults.push(`${name}: must be a whole number from ${least} to ${most}`);
  };
  if (!NAME.test(options.workerId)) faults.push("workerId: must be 1 to 128 letters, digits, _ or -");
  if (options.skills.length === 0) faults.push("skills: must have at least one");
  const names = options.skills.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) faults.push(`skills: ${twice} is there twice`);
  for (const hot of options.hotSkills ?? [])
    if (!names.includes(hot)) faults.push(`hotSkills: no skill is called ${hot}`);
  if (options.orchestrators.length === 0) faults.push("orchestrators: must have at least one");
  options.orchestrators.forEach((one, index) => {
    faults.push(...orchestratorFaults(one).map((fault) => `orchestrators[${index}].${fault}`));
  });
  whole("concurrency", options.concurrency, 1, 10_000);
  whole("polls", options.polls, 1, 1_000);
  whole("heartbeatMs", options.heartbeatMs, 100, 3_600_000);
  whole("drainMs", options.drainMs, 0, 86_400_000);
  if (options.pollSeconds !== undefined && !(options.pollSeconds >= 0 && options.pollSeconds <= 120))
    faults.push("pollSeconds: must be from 0 to 120");
  if (faults.length > 0) throw new TypeError(`The worker's options have faults:\n  ${faults.join("\n  ")}`);
}

function orchestratorFaults({ url, token, tls, weight }: OrchestratorOptions): string[] {
  const faults: string[] = [];
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ""))
    faults.push("url: must be like https://batuta.example.com");
  if (!token && !(tls?.cert && tls.key))
    faults.push("token: is missing, and there is no client certificate (tls.cert, tls.key)");
  if ((tls?.cert === undefined) !== (tls?.key === undefined))
    faults.push("tls: cert and key must be given both or neither");
  if (weight !== undefined && !(weight > 0 && Number.isFinite(weight))) faults.push("weight: must be more than 0");
  return faults;
}
