import { v7 as uuidv7 } from "uuid";
import { begin } from "@/server/engine/begin";
import { writesOf } from "@/server/engine/diff";
import { newJob } from "@/server/engine/draft";
import { labelsOf } from "@/server/engine/labels";
import type { NoticeBus, TransportView } from "@/server/queue/contract";
import { partitionOf } from "@/server/queue/partition";
import { latestBlueprint } from "@/server/store/blueprints";
import type { Database } from "@/server/store/database";
import type { Lane } from "@/server/store/lane";
import { aroundOf } from "./around";
import type { RunnableBlueprint } from "./blueprint-source";
import type { EngineCode } from "./capabilities";
import { type BlueprintHead, ChildBlueprints, childNames } from "./child-blueprints";
import { ownHandlers, writesOfMadeHere } from "./decide-batch";
import { type DispatchFigures, dispatchFigures } from "./dispatch/dispatch-figures";
import { Dispatcher } from "./dispatch/dispatcher";
import { ReputationLedger, type ReputationRules } from "./dispatch/reputation-ledger";
import { EngineBusyError } from "./engine-busy";
import type { ApplyResult, Engine, StartJobRequest, StartJobResult } from "./engine-contract";
import { turnFigures } from "./figures";
import { HandlerLease } from "./handler-lease";
import { HandlerRunner } from "./handler-runner";
import { Housekeeper } from "./housekeeper";
import { LeftSignals } from "./left-signals";
import { NotHereError } from "./not-here";
import { Partitions } from "./partitions";
import { Refiller } from "./refill";
import { SignalReader } from "./signal-reader";
import { TransportKeeper } from "./transport-keeper";
import type { TurnDeps } from "./turn-deps";
import { TurnLane } from "./turn-lane";
import type { Submission } from "./work";

export interface EngineOptions
  extends Omit<TurnDeps, "runHandler" | "refiller" | "children" | "left" | "figures" | "reputations"> {
  /** One dedicated connection per lane; two is what a machine makes use of. */
  lanes: Lane[];
  /** For leases, due rows, claims and sessions; apart from the lanes. */
  database: Database;
  /** False in a web process without the engine role: it commits what arrives at its own door, and nothing else. */
  consume: boolean;
  handlerConcurrency?: number;
  /** A worker session older than this is gone, in milliseconds. */
  leaseMs?: number;
  /** The blueprints whose code is here: what other engines lack is left to this one. */
  code?: readonly EngineCode[];
  /** What new child jobs of a name get; unless told, the current version. */
  head?: (name: string) => Promise<BlueprintHead | null>;
  /** How long a signal waits for an engine that has its version, in milliseconds; then the job goes to quarantine. */
  versionPatienceMs?: number;
  /** How messages move; without it they move as the queue does. */
  transport?: TransportView;
  /** Without it the dispatcher hears of nothing and looks now and then. */
  notices?: NoticeBus;
  /** How the dispatcher chooses workers. */
  dispatcher?: Partial<DispatchSettings>;
  /** What results mean for the workers that they come from. */
  reputation?: ReputationRules;
}

/** What the dispatcher is told by the configuration. */
export interface DispatchSettings {
  /** Workers below this reputation get nothing. */
  reputationThreshold: number;
  softLimit: number;
  mostCandidates: number;
  stealing: boolean;
}

const DISPATCH: DispatchSettings = { reputationThreshold: 0.3, softLimit: 3, mostCandidates: 50, stealing: true };
const REPUTATION: ReputationRules = { contractViolation: 0.2, failure: 0.05, success: 0.001 };
const NO_NOTICES: NoticeBus = { tell: () => undefined, on: () => undefined, close: async () => undefined };

/** How long a caller waits for a database that does not answer, before it is told so. */
const WAITER_PATIENCE_MS = 5_000;
const HANDLER_CONCURRENCY = 100;
const HANDLER_DRAIN_MS = 8_000;
const SESSION_LEASE_MS = 30_000;
const VERSION_PATIENCE_MS = 600_000;

/** The one door through which jobs change: lanes, the handlers they start, and the loops that wake jobs. */
export function createEngine(options: EngineOptions): Engine {
  const { clock, log } = options;
  const handlers = new HandlerRunner({
    concurrency: options.handlerConcurrency ?? HANDLER_CONCURRENCY,
    clock,
    log,
    report: (signal) => laneOf(signal.jobId).push([{ signal, receipt: null, waiter: null, lost: 0 }]),
  });
  const refiller = new Refiller(options.database, options.queue, log);
  const children = new ChildBlueprints(
    options.blueprints,
    options.head ?? ((name) => latestBlueprint(options.database, name)),
  );
  const left = new LeftSignals({
    ...options,
    code: options.code ?? [],
    patienceMs: options.versionPatienceMs ?? VERSION_PATIENCE_MS,
    push: (works) => {
      for (const work of works) laneOf(work.signal.jobId).push([work]);
    },
  });
  const reputations = new ReputationLedger(options.database, options.reputation ?? REPUTATION, log);
  const deps: TurnDeps = {
    ...options,
    reputations,
    refiller,
    children,
    left,
    figures: turnFigures(),
    runHandler: (job, blueprint) => handlers.run(job, blueprint),
  };
  const lanes = options.lanes.map((lane) => new TurnLane(lane, deps));
  const laneOf = (jobId: string) => lanes[partitionOf(jobId) % lanes.length] as TurnLane;
  const transport = options.transport
    ? new TransportKeeper(options.database, options.engineId, options.transport, log)
    : null;
  const partitions = new Partitions(options.database, options.engineId, log, async (engines) =>
    transport ? transport.sharing(engines) : engines,
  );
  const handlerLease = new HandlerLease(options.database, options.engineId, log, (ms) => handlers.postponable(ms));
  const reader = new SignalReader(options.queue, partitions, lanes, laneOf, log);
  const leaseMs = options.leaseMs ?? SESSION_LEASE_MS;
  const dispatched = dispatchFigures();
  const dispatcher = openDispatcher(options, leaseMs, dispatched);
  const housekeeper = new Housekeeper({ ...options, transport, partitions, reader, refiller, leaseMs, now: Date.now });

  return {
    async start() {
      await handlerLease.start();
      if (!options.consume) return;
      await transport?.report();
      await partitions.start();
      reader.start();
      left.start();
      housekeeper.start();
      dispatcher.start();
    },
    async stop() {
      await dispatcher.stop();
      await housekeeper.stop();
      await left.stop();
      await reader.stop();
      await handlers.stop(HANDLER_DRAIN_MS);
      await refiller.stop();
      await Promise.all(lanes.map((lane) => lane.drain()));
      await reputations.stop();
      await handlerLease.stop();
      await partitions.stop();
    },
    startJobs: (requests) => startJobs(requests, deps, laneOf),
    apply: (signal) =>
      new Promise<ApplyResult>((resolve, reject) => {
        const waiter = { resolve, reject, giveUpAt: Date.now() + WAITER_PATIENCE_MS };
        const lane = laneOf(signal.jobId);
        if (lane.full) throw new EngineBusyError();
        lane.push([{ signal, receipt: null, waiter, lost: 0 }]);
      }),
    figures: () => deps.figures,
    dispatchFigures: () => dispatched,
    leads: () => dispatcher.leads(),
    health() {
      const database = lanes.some((lane) => lane.failing) ? "failing" : "ok";
      return { ready: database === "ok", checks: { database, partitions: `${partitions.owned().length}` } };
    },
  };
}

function openDispatcher(options: EngineOptions, leaseMs: number, figures: DispatchFigures): Dispatcher {
  const { database, engineId, log, notices = NO_NOTICES } = options;
  return new Dispatcher({ ...DISPATCH, ...options.dispatcher, database, engineId, notices, log, leaseMs, figures });
}

/** Decides the first change of each job here, and hands job and change to a lane in one piece. */
async function startJobs(
  requests: StartJobRequest[],
  deps: TurnDeps,
  laneOf: (jobId: string) => TurnLane,
): Promise<StartJobResult[]> {
  const byLane = new Map<TurnLane, Submission[]>();
  const results: Promise<StartJobResult>[] = [];
  for (const request of requests) {
    const blueprint = await deps.blueprints.byId(request.blueprintId);
    if (!blueprint) throw new NotHereError(`blueprint version ${request.blueprintId}`, "withdrawn");
    await deps.children.prepare(childNames(blueprint));
    results.push(
      new Promise((resolve, reject) => {
        const submission = submissionOf(request, blueprint, deps, { resolve, reject });
        const lane = laneOf(submission.job.id);
        if (lane.full) throw new EngineBusyError();
        byLane.set(lane, [...(byLane.get(lane) ?? []), submission]);
      }),
    );
  }
  for (const [lane, submissions] of byLane) lane.submit(submissions);
  return Promise.all(results);
}

function submissionOf(
  request: StartJobRequest,
  blueprint: RunnableBlueprint,
  deps: TurnDeps,
  answer: Pick<Submission, "resolve" | "reject">,
): Submission {
  const { clientId, blueprintId, input, processId, idempotency } = request;
  const blank = newJob({ id: uuidv7(), clientId, blueprintId, input });
  const around = aroundOf(deps);
  const { job, events, made } = begin(blueprint.compiled, blank, request, around);
  const writes = ownHandlers(writesOf(blank, job, events, blueprint.compiled), deps);
  const labels = labelsOf(blank, blueprint.compiled, around);
  const key = idempotency ?? null;
  const madeWrites = writesOfMadeHere(made, deps);
  const head = { writes, clientId, blueprintId, input, labels, processId };
  const row = { ...head, parent: null, made: madeWrites, idempotency: key };
  const giveUpAt = Date.now() + WAITER_PATIENCE_MS;
  return { submission: row, job, blueprint, made, giveUpAt, ...answer };
}
