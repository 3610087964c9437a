import { type Overview, overview } from "@/lib/api/overview";
import { displayStatusOf, JOB_STATUS, type JobStatus } from "@/lib/job-status";
import { approverWordsOf, rowFor } from "@/server/approvals/eligibility";
import { type Caller, clientFilterOf } from "@/server/clients/caller";
import { countOpenApprovals, readPressingApprovals } from "@/server/store/reads/approval-rows";
import { readJobRows } from "@/server/store/reads/job-rows";
import { countJobs, readEnded, readWaitingTypes } from "@/server/store/reads/overview-figures";
import { readWorkers } from "@/server/store/reads/worker-rows";
import type { HttpDeps } from "../http-deps";
import { ok, operation } from "../operation";

const SHOWN = 5;
/** Figures over many jobs are shared by everybody who looks within this time. */
const KEEP_MS = 2_000;

const getOverview = operation({
  id: "getOverview",
  method: "GET",
  path: "/overview",
  tag: "System",
  summary: "What needs a person now, and how it goes",
  access: "overview:read",
  answers: { 200: { description: "Figures of the caller's jobs; a client sees its own", schema: overview } },
  async handle({ caller, deps }) {
    return ok(await overviewFor(caller, deps));
  },
});

const kept = new WeakMap<HttpDeps, Map<number | null, { figures: Promise<Figures>; until: number }>>();

type Figures = Pick<
  Overview,
  "at" | "counts" | "display_counts" | "ended" | "duration" | "quarantined" | "waiting" | "workers"
>;

async function overviewFor(caller: Caller, deps: HttpDeps): Promise<Overview> {
  const clientId = clientFilterOf(caller);
  const words = approverWordsOf(caller);
  const { pool } = deps.database;
  const [figures, open, pressing] = await Promise.all([
    keptFigures(deps, clientId),
    countOpenApprovals(pool, clientId, words),
    readPressingApprovals(pool, clientId, words, SHOWN),
  ]);
  return { ...figures, approvals_due: { ...open, rows: pressing.map((facts) => rowFor(facts, caller)) } };
}

function keptFigures(deps: HttpDeps, clientId: number | null): Promise<Figures> {
  const byClient = kept.get(deps) ?? new Map<number | null, { figures: Promise<Figures>; until: number }>();
  kept.set(deps, byClient);
  const known = byClient.get(clientId);
  if (known && known.until > Date.now()) return known.figures;
  const figures = readFigures(deps, clientId);
  if (byClient.size > 1_000) byClient.clear();
  byClient.set(clientId, { figures, until: Date.now() + KEEP_MS });
  figures.catch(() => byClient.delete(clientId));
  return figures;
}

async function readFigures(deps: HttpDeps, clientId: number | null): Promise<Figures> {
  const { pool } = deps.database;
  const now = new Date();
  const [{ counts, startedWaiting }, { ended, duration }, quarantined, types, workers] = await Promise.all([
    countJobs(pool, clientId),
    readEnded(pool, clientId, now),
    readJobRows(pool, { clientId, statuses: [{ code: JOB_STATUS.quarantined.code, started: null }] }, SHOWN),
    readWaitingTypes(pool, clientId),
    readWorkers(pool, deps.config.reputation.threshold),
  ]);
  const alive = workers.filter((worker) => worker.status !== "lost");
  return {
    at: now.toISOString(),
    counts,
    display_counts: displayCounts(counts, startedWaiting),
    ended,
    duration,
    quarantined: { count: counts.quarantined ?? 0, rows: quarantined.rows },
    waiting: {
      count: types.reduce((sum, type) => sum + type.waiting, 0),
      oldest_at: types[0]?.oldest_at ?? null,
      types,
    },
    workers: {
      online: workers.filter((worker) => worker.status === "online").length,
      draining: workers.filter((worker) => worker.status === "draining").length,
      lost: workers.length - alive.length,
      slots: alive.reduce((sum, worker) => sum + worker.slots, 0),
      busy: alive.reduce((sum, worker) => sum + worker.busy, 0),
    },
  };
}

function displayCounts(counts: Partial<Record<JobStatus, number>>, startedWaiting: number): Overview["display_counts"] {
  const shown: Overview["display_counts"] = {};
  const add = (status: JobStatus, started: boolean, count: number) => {
    const display = displayStatusOf(status, started);
    if (count > 0) shown[display] = (shown[display] ?? 0) + count;
  };
  for (const [word, count] of Object.entries(counts) as [JobStatus, number][]) {
    const started = word === "waiting_for_worker" ? startedWaiting : count;
    add(word, true, started);
    add(word, false, count - started);
  }
  return shown;
}

export const overviewRoutes = [getOverview];
