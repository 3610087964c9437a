import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { EVENT_KIND } from "@/lib/job-event";
import { SLOT_FILE } from "./build";
import type { DrivenJob } from "./drive";
import type { Verdict } from "./finding";
import type { Fleet } from "./fleet";

/** A process that lost its worker looks for it once a second; this is for a machine that has more to do. */
const ORPHANS_WITHIN_MS = 15_000;

/** A task whose workers were killed three times while it ran: the blows did that, and the driver takes it up again. */
const BLOWN = "WORKER_LOST";

/** Attempts that were ended by force are told as what ended them. A kill point's own error may stand among them. */
export async function judgeFailures(fleet: Fleet, jobs: DrivenJob[], verdict: Verdict): Promise<void> {
  const allowed = new Map(
    jobs.flatMap(({ ids, kind, expect }) =>
      expect.failures ? [...ids].map((id) => [id, { kind, codes: expect.failures ?? [] }] as const) : [],
    ),
  );
  const { rows } = await fleet.database.pool.query<{ job: string; n: number; code: string; message: string }>(
    `select job_id as job, data->>'n' as n, data->>'code' as code, data->>'message' as message from events
     where kind = $1 and job_id = any ($2::uuid[])`,
    [EVENT_KIND.task_failed, [...allowed.keys()]],
  );
  for (const { job, n, code, message } of rows) {
    const known = allowed.get(job);
    if (!known || known.codes.includes(code) || code === BLOWN || message.startsWith("Error: fault point")) continue;
    const what = `${known.kind} ${job}: an attempt of ${n} failed with ${code}, not ${known.codes.join(" or ")}: ${message}`;
    verdict.faults.push({ kind: "lost", job, what });
  }
}

/** Workers die of the tasks beside their own work that are to end them, and of no other. */
export function judgeDeaths(fleet: Fleet, verdict: Verdict): void {
  const deaths = fleet.workers.reduce((sum, { selfKills }) => sum + selfKills, 0);
  const poison = fleet.ledger().filter(({ what, type }) => what === "start" && type === "fault_poison").length;
  const what = `workers were ended from within ${deaths} times, and ${poison} tasks were to do that`;
  if (deaths > poison) verdict.faults.push({ kind: "lost", job: null, what });
}

/** No process of a worker runs on after it, whatever it is doing. Looks at Linux alone. */
export async function judgeOrphans(fleet: Fleet, verdict: Verdict): Promise<void> {
  if (process.platform !== "linux") return;
  let left = orphans(fleet);
  for (const end = Date.now() + ORPHANS_WITHIN_MS; left.length > 0 && Date.now() < end; left = orphans(fleet))
    await sleep(250);
  for (const pid of left)
    verdict.faults.push({ kind: "stuck", job: null, what: `process ${pid} of a worker runs on after it` });
}

function orphans(fleet: Fleet): string[] {
  const workers = new Set(fleet.workers.map(({ pid }) => String(pid)));
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || !procFile(pid, "cmdline").includes(SLOT_FILE)) return false;
    if (!procFile(pid, "environ").split("\0").includes(`BATUTA_DATA_DIR=${fleet.folder}`)) return false;
    // After the name, which may hold anything: state, parent.
    const [, parent = ""] = procFile(pid, "stat").split(") ").at(-1)?.split(" ") ?? [];
    return parent !== "" && !workers.has(parent);
  });
}

/** Empty when the process is gone, or another user's. */
function procFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}
