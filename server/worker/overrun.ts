import type { KnownCheck } from "@/server/probes/check";
import type { ExecutorStats } from "./bridge/executor";
import type { Isolation } from "./bridge/isolation";
import { defaultLimits } from "./bridge/pool/pool-options";
import type { WorkerHealth } from "./health";

/** Isolations whose slots stay for as long as a native call blocks them; what runs inline holds nothing but memory. */
const CAN_STICK = ["thread", "process"] as const;

/** Says so when more slots cannot be ended than are replaced: each of them takes a processor, and is given to nobody. */
export function overrunOf(
  stats: Pick<Record<Isolation, Pick<ExecutorStats, "zombies">>, "thread" | "process">,
): string | null {
  const { maxZombies } = defaultLimits;
  const found = CAN_STICK.find((isolation) => stats[isolation].zombies > maxZombies);
  if (!found) return null;
  return `${stats[found].zombies} slots of isolation ${found} cannot be ended, more than the ${maxZombies} that are replaced`;
}

/** Slots that hang in native calls are replaced up to a number; beyond it the whole process is. */
export function slotsCheck(health: () => Pick<WorkerHealth, "overrun">): KnownCheck {
  return { name: "slots", look: () => health().overrun };
}
