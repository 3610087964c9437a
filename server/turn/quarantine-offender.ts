import { JobChange } from "@/server/engine/change";
import { writesOf } from "@/server/engine/diff";
import { quarantine } from "@/server/engine/end";
import type { Decided } from "./decide-batch";
import type { TurnDeps } from "./turn-deps";

/** The change that stands in for one whose data Postgres refuses: the job goes to quarantine with the reason. */
export function quarantineOffender(offender: Decided, error: Error, deps: TurnDeps): Pick<Decided, "after" | "writes"> {
  const { compiled } = offender.before.blueprint;
  const change = new JobChange(offender.before.job, compiled, { now: deps.clock.now(), random: deps.random });
  quarantine(change, "UNSTORABLE_DATA", `The database refused a change of the job: ${error.message}`);
  return { after: change.job, writes: writesOf(offender.before.job, change.job, change.events, compiled) };
}
