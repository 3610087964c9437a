import { z } from "zod";
import { dashboardCounts } from "@/lib/api/overview";
import { type SkillCatalogue, skillCatalogue, workerDetail, workerRecord, workerTask } from "@/lib/api/worker";
import { clientFilterOf } from "@/server/clients/caller";
import { ApiError } from "@/server/errors";
import { countForDashboard } from "@/server/store/reads/dashboard-counts";
import { catalogueOf, readWorkerDetail, readWorkerRecords } from "@/server/store/reads/worker-records";
import { readWorkerTasks } from "@/server/store/reads/worker-tasks";
import type { HttpDeps } from "../http-deps";
import { KeptAnswers } from "../kept-answers";
import { ok, operation } from "../operation";

const CATALOGUE_MS = 10_000;
/** Counting all jobs takes its time where there are many: it may take up no more than a twentieth of it. */
const countsMs = (tookMs: number) => Math.max(500, tookMs * 20);

interface Kept {
  catalogue: KeptAnswers<"all", SkillCatalogue>;
  counts: KeptAnswers<number | null, z.infer<typeof dashboardCounts>>;
}

const kept = new WeakMap<HttpDeps, Kept>();

function keptOf(deps: HttpDeps): Kept {
  const known = kept.get(deps) ?? {
    catalogue: new KeptAnswers(() => CATALOGUE_MS),
    counts: new KeptAnswers(countsMs),
  };
  kept.set(deps, known);
  return known;
}

const listWorkers = operation({
  id: "listWorkers",
  method: "GET",
  path: "/workers",
  tag: "Workers",
  summary: "Workers that are here, or were in the last day, with what they registered with",
  access: "workers:read",
  answers: { 200: { description: "One record per worker", schema: z.array(workerRecord) } },
  async handle({ deps }) {
    return ok(await readWorkerRecords(deps.database.pool, deps.config.reputation.threshold));
  },
});

const getWorker = operation({
  id: "getWorker",
  method: "GET",
  path: "/workers/{worker_id}",
  tag: "Workers",
  summary: "One worker: its record, and the threads and processes that it runs tasks in",
  access: "workers:read",
  params: z.object({ worker_id: z.string().min(1).max(200) }),
  answers: { 200: { description: "The worker", schema: workerDetail } },
  async handle({ params: { worker_id }, deps }) {
    const worker = await readWorkerDetail(deps.database.pool, worker_id, deps.config.reputation.threshold);
    if (!worker) throw new ApiError(404, "not_found", `No worker ${worker_id} was here in the last day`);
    return ok(worker);
  },
});

const listTasks = operation({
  id: "listWorkerTasks",
  method: "GET",
  path: "/workers/{worker_id}/tasks",
  tag: "Workers",
  summary: "Tasks that a worker runs, or that were chosen for it; a client is told of its own jobs' only",
  access: "workers:read",
  params: z.object({ worker_id: z.string().min(1).max(200) }),
  answers: { 200: { description: "At most 200, oldest first; of no worker: none", schema: z.array(workerTask) } },
  async handle({ params, caller, deps }) {
    return ok(await readWorkerTasks(deps.database.pool, params.worker_id, clientFilterOf(caller)));
  },
});

const catalogue = operation({
  id: "getSkillCatalogue",
  method: "GET",
  path: "/workers/catalog",
  tag: "Workers",
  summary: "What the workers that are here can do, by skill; at most ten seconds old",
  access: "workers:read",
  answers: { 200: { description: "Skills with their contracts and how many offer them", schema: skillCatalogue } },
  async handle({ deps }) {
    const read = async () => catalogueOf(await readWorkerRecords(deps.database.pool, deps.config.reputation.threshold));
    return ok(await keptOf(deps).catalogue.get("all", read));
  },
});

const dashboard = operation({
  id: "getDashboardCounts",
  method: "GET",
  path: "/dashboard",
  tag: "System",
  summary: "How many workers are here, and how many jobs of the caller there are by status",
  access: "overview:read",
  answers: { 200: { description: "Counts; statuses without a job are left out", schema: dashboardCounts } },
  async handle({ caller, deps }) {
    const clientId = clientFilterOf(caller);
    return ok(await keptOf(deps).counts.get(clientId, () => countForDashboard(deps.database.pool, clientId)));
  },
});

/** The catalogue first: its path would do as the id of a worker, too. */
export const workerRoutes = [listWorkers, catalogue, getWorker, listTasks, dashboard];
