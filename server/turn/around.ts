import { v7 as uuidv7 } from "uuid";
import type { Surroundings } from "@/server/engine/change";
import type { TurnDeps } from "./turn-deps";

/** What decisions of this moment may know beside job and signal. */
export function aroundOf(deps: Pick<TurnDeps, "clock" | "random" | "children">): Surroundings {
  return {
    now: deps.clock.now(),
    random: deps.random,
    newJobId: uuidv7,
    childBlueprint: (name, clientId) => deps.children.get(name, clientId),
  };
}
