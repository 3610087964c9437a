import { v7 as uuidv7 } from "uuid";
import type { Actor } from "@/lib/job-event";
import type { StoredBlueprint } from "@/server/catalogue/catalogue";
import { mergePatch } from "@/server/engine/merge-patch";
import type { DataPatch } from "@/server/engine/signal";
import { ApiError } from "@/server/errors";
import type { Database } from "@/server/store/database";
import type { Engine } from "@/server/turn/engine-contract";
import { askEngine, because } from "./ask-engine";
import { foldStory, type JobStory, readJobStory } from "./fold-job";
import { ignoredRefusal } from "./refusal";

export interface ForkOrder {
  jobId: string;
  /** The version that the job is pinned to; the fork is pinned to the same. */
  blueprint: StoredBlueprint;
  by: Actor;
  reason?: string | undefined;
  /** Where the new job begins. */
  state: string;
  /** Its data are those that the job had after this event; absent: when it last entered `state`. */
  seq?: number | undefined;
  patch?: DataPatch | undefined;
}

/**
 * Makes a new job that begins in `state` with data of this one, put right by JSON merge patches; this one stays as it is.
 * 400 for an unknown state, an event that the job does not have, and a state it never entered when no event is named; 422
 * when the patched input breaks `input_schema`.
 */
export async function forkJob(
  { engine, database }: { engine: Engine; database: Database },
  order: ForkOrder,
): Promise<{ jobId: string; seq: number }> {
  const { jobId, blueprint, by, reason, state, patch = {} } = order;
  const states = Object.keys(blueprint.document.states);
  if (!states.includes(state)) throw ignoredRefusal("unknown_state", { detail: states.join(", ") });
  const story = await readJobStory(database, jobId, blueprint);
  const seq = order.seq === undefined ? lastEntryOf(story, state) : knownEvent(story, order.seq);
  const then = foldStory(story, seq);
  const fork = uuidv7();
  await askEngine(engine, {
    kind: "fork",
    jobId,
    by,
    ...because(reason),
    fork,
    state,
    seq,
    input: mergePatch(then.input, patch.initial_data ?? {}),
    stateHistory: mergePatch(then.stateHistory, patch.state_history ?? {}),
  });
  return { jobId: fork, seq };
}

/** The number of the event that entered `state` last. */
function lastEntryOf({ events }: JobStory, state: string): number {
  const entered = events.findLast((event) => event.kind === "state_entered" && event.data.state === state);
  if (entered) return entered.seq;
  const last = events.length;
  const fix = `Name one of its events as seq, 1 to ${last}; ${last} takes the data it has now`;
  throw new ApiError(400, "invalid_request", `The job never entered '${state}', so it is unclear which data to take`, {
    details: [{ path: "seq", message: "is needed for a state that the job never entered", fix }],
  });
}

function knownEvent({ events }: JobStory, seq: number): number {
  if (seq <= events.length) return seq;
  throw new ApiError(400, "invalid_request", `seq: the job has ${events.length} events`, {
    details: [{ path: "seq", message: `must be at most ${events.length}` }],
  });
}
