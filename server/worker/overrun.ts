import type { KnownCheck } from "@/server/probes/check";
import type { ExecutorStats } from "./bridge/executor";
import type { Isolation } from "./bridge/isolation";
import type { WorkerHealth } from "./health";

/** Isolations whose slots stay for as long as a native call blocks them; what runs inline holds nothing but memory. */
const CAN_STICK = ["thread", "process"] as const;

/** Says so when more slots cannot be ended than are replaced: each of them takes a processor, and is given to nobody. */
export function overrunOf(
  stats: Pick<Record<Isolation, Pick<ExecutorStats, "zombies" | "maxZombies">>, "thread" | "process">,
): string | null {
  const found = CAN_STICK.find((isolation) => stats[isolation].zombies > stats[isolation].maxZombies);
  if (!found) return null;
  const { zombies, maxZombies } = stats[found];
  return `${zombies} slots of isolation ${found} cannot be ended, more than the ${maxZombies} that are replaced`;
}

/** Slots that hang in native calls are replaced up to a number; beyond it the whole process is. */
export function slotsCheck(health: () => Pick<WorkerHealth, "overrun">): KnownCheck {
  return { name: "slots", look: () => health().overrun };
}
