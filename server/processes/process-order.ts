import type { BlueprintDocument, BlueprintState } from "@/lib/blueprint/document";
import { edgesOf } from "@/lib/blueprint/edges";

/** States that only lead somewhere: they are no tasks of a process. */
const NO_TASKS: ReadonlySet<BlueprintState["type"]> = new Set(["choice", "set", "end"]);

/**
 * The tasks of a blueprint's processes, by the names of their states, in the order in which a walk from the start comes to
 * them: each after all that lead to it (but for the way back of a loop), and of several ways on the first that the document
 * names, those for failures last.
 */
export function taskNamesOf({ states }: BlueprintDocument): string[] {
  const start = Object.keys(states).find((name) => states[name]?.start);
  if (start === undefined) return [];
  const seen = new Set([start]);
  const done: string[] = [];
  const open = [{ name: start, next: laterFirst(states[start]) }];
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const to = top.next.shift();
    if (to === undefined) {
      done.push(top.name);
      open.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      open.push({ name: to, next: laterFirst(states[to]) });
    }
  }
  return done.reverse().filter((name) => isTask(states[name]));
}

function isTask(state: BlueprintState | undefined): boolean {
  return state !== undefined && !NO_TASKS.has(state.type);
}

/** What is walked first ends up last. */
function laterFirst(state: BlueprintState | undefined): string[] {
  const edges = state ? edgesOf(state) : [];
  const failures = edges.filter(({ kind }) => kind === "failure");
  const others = edges.filter(({ kind }) => kind !== "failure");
  return [...others, ...failures].map(({ to }) => to).reverse();
}
