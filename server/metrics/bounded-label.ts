import { Counter, type Registry } from "prom-client";

/** Values of one label beyond this many are counted as `other`: a label must not grow without end. */
export const MOST_LABEL_VALUES = 200;
export const OTHER = "other";

const DROPPED = "batuta_metric_labels_dropped_total";

/**
 * Lets the first two hundred values of a label through; whatever comes later is `other`, and is counted. For values that
 * blueprints and workers choose: names of tasks, of blueprints.
 */
export function boundedLabel(registry: Registry, label: string): (value: string) => string {
  const known = new Set<string>();
  const dropped = droppedLabels(registry);
  return (value) => {
    if (known.has(value)) return value;
    if (known.size < MOST_LABEL_VALUES) {
      known.add(value);
      return value;
    }
    dropped.inc({ label });
    return OTHER;
  };
}

/** How often a value became `other`, by label: one counter for the whole registry. */
export function droppedLabels(registry: Registry): Counter<"label"> {
  const there = registry.getSingleMetric(DROPPED);
  if (there instanceof Counter) return there as Counter<"label">;
  return new Counter({
    name: DROPPED,
    help: "Values that a label had no room for and that were counted as other, by label",
    labelNames: ["label"],
    registers: [registry],
  });
}

/**
 * For gauges that are made anew at each look: keeps a value for as long as it is there, and gives the room of those that
 * went to the first of the others.
 */
export function boundedSet(most = MOST_LABEL_VALUES): (present: readonly string[]) => ReadonlySet<string> {
  let kept = new Set<string>();
  return (present) => {
    const here = new Set(present);
    kept = new Set([...kept].filter((value) => here.has(value)));
    for (const value of here) {
      if (kept.size >= most) break;
      kept.add(value);
    }
    return kept;
  };
}
