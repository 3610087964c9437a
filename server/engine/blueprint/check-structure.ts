import type { BlueprintState } from "@/lib/blueprint/document";
import { edgesOf } from "@/lib/blueprint/edges";
import type { ProblemList } from "./problem-list";

type States = Record<string, BlueprintState>;

/** Exactly one state starts. Returns it, or undefined when that is not so. */
export function checkStart(states: States, problems: ProblemList): string | undefined {
  const starts = Object.keys(states).filter((name) => states[name]?.start);
  if (starts.length === 1) return starts[0];
  if (starts.length === 0) {
    problems.add({ key: "states", message: "No state starts", fix: "Add start: true to one state", code: "start" });
  } else {
    const message = `${starts.length} states start: ${starts.slice(0, 10).join(", ")}`;
    problems.add({ key: "states", message, fix: "Leave start: true in one of them", code: "start" });
  }
  return undefined;
}

/** Every edge leads to a state; where one does not, no hint proposes the state itself. `names` are all states, those with faults of their own included. */
export function checkTargets(states: States, names: readonly string[], problems: ProblemList): boolean {
  const known = new Set(names);
  let sound = true;
  for (const [state, definition] of Object.entries(states)) {
    for (const edge of edgesOf(definition)) {
      if (known.has(edge.to)) continue;
      sound = false;
      const meant = problems.meant(edge.to, names, state);
      const fix = meant
        ? `Did you mean '${meant}'?`
        : `Add a state '${edge.to}', or lead to one of: ${names.slice(0, 20).join(", ")}`;
      problems.inState(state, {
        key: edge.key,
        message: `The state '${edge.to}' does not exist`,
        fix,
        code: "unknown_target",
      });
    }
  }
  return sound;
}

/** Every state is reached from the start, and reaches an end. Only for documents whose targets all exist. */
export function checkReachability(states: States, start: string, problems: ProblemList): void {
  const names = Object.keys(states);
  const forward = new Map(names.map((name) => [name, edgesOf(states[name] as BlueprintState).map((edge) => edge.to)]));
  const reached = walk([start], forward);
  for (const name of names) {
    if (reached.has(name)) continue;
    const fix = "Lead to it from a state that is reached, or remove it";
    problems.inState(name, {
      key: "",
      message: `The state cannot be reached from '${start}'`,
      fix,
      code: "unreachable",
    });
  }
  const ends = names.filter((name) => states[name]?.type === "end");
  if (ends.length === 0) {
    problems.add({
      key: "states",
      message: "No state ends the job",
      fix: "Add a state { type: end, outcome: success }",
      code: "no_end",
    });
    return;
  }
  const ending = walk(ends, reversed(forward));
  for (const name of names) {
    if (ending.has(name) || !reached.has(name)) continue;
    const stuck = forward.get(name)?.length === 0;
    const message = stuck
      ? "The state leads nowhere and is no end"
      : "No end can be reached from here: a cycle without end";
    problems.inState(name, { key: "", message, fix: "Lead to an end on at least one way", code: "no_end" });
  }
}

/** The states that a walk from `from` meets, themselves included. */
export function walk(from: readonly string[], edges: ReadonlyMap<string, readonly string[]>): Set<string> {
  const met = new Set(from);
  for (const name of met) for (const next of edges.get(name) ?? []) met.add(next);
  return met;
}

function reversed(edges: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const back = new Map<string, string[]>([...edges.keys()].map((name) => [name, []]));
  for (const [from, targets] of edges) for (const to of targets) back.get(to)?.push(from);
  return back;
}
