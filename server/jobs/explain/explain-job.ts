import type { ExplainAnswer } from "@/lib/api/explain";
import { isTerminal, type JobStatus, jobStatusOf } from "@/lib/job-status";
import type { Catalogue } from "@/server/catalogue/catalogue";
import { TASK_STATUS } from "@/server/engine/job";
import type { Database } from "@/server/store/database";
import { type ExplainFacts, readExplainFacts } from "@/server/store/reads/explain-facts";
import { readPlacementFacts } from "@/server/store/reads/placement-facts";
import { foldStory, readJobStory } from "../fold-job";
import { explain } from "./explain";
import { type Told, toldBy } from "./told";

export interface ExplainParts {
  database: Database;
  catalogue: Pick<Catalogue, "byId">;
  config?: { reputation: { threshold: number } };
}

/** A history longer than this is not folded for an explanation: what only its events say is left out. */
const MOST_EVENTS = 50_000;

/**
 * Why a job waits, with the explanation of the child that it waits for; null when there is no such job, or it is not this
 * client's (null: anyone's).
 */
export async function explainJob(
  parts: ExplainParts,
  id: string,
  clientId: number | null,
): Promise<ExplainAnswer | null> {
  const facts = await factsOf(parts, id, clientId);
  if (!facts) return null;
  const answer = explain(facts, await toldOf(parts, facts));
  for (const step of answer.waiting) {
    if (step.kind !== "child" || step.waits_for.job_id === null) continue;
    step.waits_for.explained = await explainChild(parts, step.waits_for.job_id);
  }
  return answer;
}

async function factsOf(parts: ExplainParts, id: string, clientId: number | null): Promise<ExplainFacts | null> {
  const { pool } = parts.database;
  const facts = await readExplainFacts(pool, id, clientId);
  const types = facts?.tasks.filter(({ status }) => status === TASK_STATUS.unplaced).map(({ type }) => type) ?? [];
  if (!facts || types.length === 0) return facts;
  const reputationThreshold = parts.config?.reputation.threshold;
  return { ...facts, placement: await readPlacementFacts(pool, [...new Set(types)]), reputationThreshold };
}

type Explained = NonNullable<Extract<ExplainAnswer["waiting"][number], { kind: "child" }>["waits_for"]["explained"]>;

/** One level down: the child's own child is only named. */
async function explainChild(parts: ExplainParts, id: string): Promise<Explained | null> {
  const facts = await factsOf(parts, id, null);
  if (!facts) return null;
  const { status, state, sentence, waiting } = explain(facts, await toldOf(parts, facts));
  return {
    job_id: id,
    blueprint_name: facts.job.blueprint_name,
    status,
    state,
    sentence,
    waiting: waiting.map((step) =>
      step.kind === "child" ? { ...step, waits_for: { job_id: step.waits_for.job_id } } : step,
    ),
  };
}

async function toldOf({ database, catalogue }: ExplainParts, facts: ExplainFacts): Promise<Told> {
  const status = jobStatusOf(facts.job.status);
  const blueprint =
    isTerminal(status) || facts.job.version > MOST_EVENTS ? null : await catalogue.byId(facts.job.blueprint_id);
  if (!blueprint) return untold(status);
  const story = await readJobStory(database, facts.job.id, blueprint);
  // The rows are of one moment, and so must be what the events say of it.
  return toldBy(foldStory(story, facts.job.version), story.blueprint);
}

function untold(status: JobStatus): Told {
  return {
    status,
    signal: null,
    exits: [],
    nextEscalation: null,
    maxAttempts: new Map(),
    concurrency: null,
    handlerFailures: 0,
  };
}
