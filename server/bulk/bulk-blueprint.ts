import { type BulkAction, type BulkBody, MAX_CANARIES } from "@/lib/api/bulk";
import { BLUEPRINT_LIMITS } from "@/lib/blueprint/names";
import type { JsonObject } from "@/lib/json";
import { type DefinedBlueprint, defineBlueprint, handlersFor } from "@/server/engine/blueprint/define";
import type { BulkWork } from "./bulk-work";
import { secondsToNextLook, verdictOf } from "./canary-verdict";

export const BULK_BLUEPRINT = "bulk_operation";

const { handler, end } = handlersFor<{ input: JsonObject; dataStores: { bulk: BulkWork } }>();

const DAY_SECONDS = 86_400;
/** The database may be away for minutes: that must not end the work of hours. */
const PATIENT = { maxAttempts: 100, baseMs: 1_000, maxMs: 30_000 };

const WORDS: Record<BulkAction, string> = {
  cancel: "Cancel",
  pause: "Pause",
  resume: "Resume",
  retry: "Retry",
  requeue: "Requeue",
  give_up: "Give up",
  set_priority: "Change the priority of",
};

const begin = handler(
  { to: ["canary", "work", "refused"], start: true, retry: PATIENT, description: "Take the selection." },
  async ({ jobId, initialData, stateHistory, actions, dataStores }) => {
    const begun = await dataStores.bulk.begin(jobId, initialData);
    if (typeof begun === "string") {
      stateHistory.message = begun;
      return actions.transitionTo("refused");
    }
    stateHistory.total = begun.total;
    return actions.transitionTo(begun.order.canary > 0 ? "canary" : "work");
  },
);

const canary = handler(
  { to: ["canary", "watch"], retry: PATIENT, timeoutSeconds: 60, description: "Try a few first." },
  async ({ jobId, initialData, stateHistory, actions, dataStores, signal }) => {
    const more = await dataStores.bulk.tryCanaries(jobId, orderOf(initialData), signal);
    stateHistory.looks = 0;
    return actions.transitionTo(more ? "canary" : "watch");
  },
);

const watch = handler(
  {
    to: ["watch", "work", "ask", "stopped"],
    retry: PATIENT,
    description: "Wait until they have come to a stop.",
  },
  async ({ jobId, initialData, stateHistory, actions, dataStores }) => {
    const order = orderOf(initialData);
    const ask = order.continue === "ask";
    const tallied = await dataStores.bulk.canaries(jobId, order);
    // All were passed over: there is nobody to wait for, and nothing left to do.
    if (tallied.done === 0 && tallied.badly === 0) return actions.transitionTo("work");
    const looks = Number(stateHistory.looks ?? 0);
    const seconds = secondsToNextLook(looks);
    const verdict = verdictOf(tallied, ask) ?? (seconds === null ? "undecided" : null);
    if (verdict === null && seconds !== null) {
      stateHistory.looks = looks + 1;
      return actions.waitFor({ seconds, to: "watch" });
    }
    const { well, badly, done } = tallied;
    stateHistory.canary = { verdict, well, badly, done };
    if (ask) return actions.transitionTo("ask");
    if (verdict === "well") return actions.transitionTo("work");
    stateHistory.message = `${saidOf(verdict)} (${well} of ${done} succeeded); the rest was left as it is.`;
    return actions.transitionTo("stopped");
  },
);

const ask = handler(
  { to: ["work", "stopped"], retry: PATIENT, description: "Ask whether to go on." },
  async ({ jobId, initialData, stateHistory, actions, dataStores }) => {
    const order = orderOf(initialData);
    const { total, ok, skipped, failed } = await dataStores.bulk.counts(jobId);
    const left = total - ok - skipped - failed;
    if (left === 0) return actions.transitionTo("work");
    const { verdict, well, done } = stateHistory.canary as { verdict: string; well: number; done: number };
    const { kind } = await dataStores.bulk.asker(jobId, order);
    stateHistory.message = `${saidOf(verdict)} (${well} of ${done} succeeded); the rest was left as it is.`;
    return actions.awaitHumanApproval({
      message: `${saidOf(verdict)}: ${well} of ${done} succeeded. ${WORDS[order.action]} the other ${left}?`,
      approvers: kind === "client" ? ["client:owner", "role:operator"] : ["role:operator"],
      deadlineSeconds: 7 * DAY_SECONDS,
      transitions: { approved: "work", rejected: "stopped", expired: "stopped" },
    });
  },
);

const work = handler(
  { to: ["work", "done"], retry: PATIENT, timeoutSeconds: 60, description: "A chunk of the rest." },
  async ({ jobId, initialData, stateHistory, actions, dataStores, signal }) => {
    const { left, ok, skipped, failed } = await dataStores.bulk.workOn(jobId, orderOf(initialData), signal);
    delete stateHistory.message;
    stateHistory.report = { ok, skipped, failed };
    return actions.transitionTo(left ? "work" : "done");
  },
);

const done = end({
  outcome: "success",
  result: {
    action: "${initial_data.action}",
    total: "${state_history.total}",
    ok: "${state_history.report.ok}",
    skipped: "${state_history.report.skipped}",
    failed: "${state_history.report.failed}",
  },
});

const stopped = end({
  outcome: "failure",
  description: "The canaries did not end well, or somebody said no.",
  result: { action: "${initial_data.action}", message: "${state_history.message}" },
});

const refused = end({ outcome: "failure", result: { message: "${state_history.message}" } });

/**
 * Bulk work as a job: one thing is done to every job of a frozen selection, a few of them first if wished. `bulk` does
 * what lies outside; the job itself keeps where it stands. Pausing or cancelling it takes hold between two chunks.
 */
export function bulkBlueprint(bulk: BulkWork): DefinedBlueprint {
  return defineBlueprint({
    name: BULK_BLUEPRINT,
    description: "Does one thing to every job of a frozen selection. Started from the job list or the quarantine.",
    inputSchema: INPUT_SCHEMA,
    labels: { action: "${initial_data.action}" },
    maxTransitions: BLUEPRINT_LIMITS.transitions,
    dataStores: { bulk },
    states: { begin, canary, watch, ask, work, done, stopped, refused },
  });
}

/** `begin` has checked it; changes of a job's input are checked against the schema below. */
function orderOf(input: JsonObject): BulkBody {
  return input as unknown as BulkBody;
}

function saidOf(verdict: string | null): string {
  if (verdict === "well") return "The canaries ended well";
  return verdict === "badly" ? "The canaries ended badly" : "The canaries have not come to an end";
}

const INPUT_SCHEMA = {
  type: "object",
  required: ["selection_id", "action", "canary", "continue"],
  additionalProperties: false,
  properties: {
    selection_id: { type: "string", title: "Selection", format: "uuid" },
    action: { type: "string", title: "Action", enum: Object.keys(WORDS) },
    patch: { type: "object", title: "Patch of the data" },
    reason: { type: "string", title: "Reason", maxLength: 1000 },
    priority: { type: "number", title: "Priority" },
    canary: { type: "integer", title: "Canaries", minimum: 0, maximum: MAX_CANARIES },
    continue: { type: "string", title: "After the canaries", enum: ["auto", "ask"] },
  },
};
