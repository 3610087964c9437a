import type { BlueprintDocument } from "@/lib/blueprint/document";

// The task of every benchmark returns its parameters: what is measured is the system around it.
const TASK = "demo_echo";

const step = (next: string) => ({
  type: "task" as const,
  task_type: TASK,
  params: { i: "${initial_data.i}" },
  transitions: { success: next },
});

/** W1: three worker tasks, one after the other. */
export const chain: BlueprintDocument = {
  name: "bench_chain",
  states: {
    one: { ...step("two"), start: true },
    two: step("three"),
    three: step("done"),
    done: { type: "end", outcome: "success" },
  },
};

/** W2: as many parallel tasks as `items` has members, and a state that sees all results. */
export const fanOut: BlueprintDocument = {
  name: "bench_fan_out",
  states: {
    spread: {
      type: "parallel",
      start: true,
      for_each: "${initial_data.items}",
      task: { task_type: TASK, params: { i: "${item}" } },
      aggregate_into: "gather",
    },
    gather: { type: "set", values: { results: "${size(aggregation_list)}" }, to: "done" },
    done: { type: "end", outcome: "success" },
  },
};

/** W3 and W5: one worker task. */
export const single: BlueprintDocument = {
  name: "bench_single",
  states: {
    one: { ...step("done"), start: true },
    done: { type: "end", outcome: "success" },
  },
};

/** P8: one task that only remote workers do. */
export const remote: BlueprintDocument = {
  name: "bench_remote",
  states: {
    one: { ...step("done"), task_type: "bench_remote", start: true },
    done: { type: "end", outcome: "success" },
  },
};

export const ASKING_TYPE = "bench_asking";

/** Dispatch: one task that asks for more than its skill, in four ways. */
export const asking: BlueprintDocument[] = [
  { requirements: { resources: { ram_gb: 32, devices: [{ type: "gpu", model: "4090" }] } }, max_cost: 8 },
  { requirements: { labels: { region: "region-1" }, installed_software: { python: "3.11" } } },
  { skill_version: "1", strategy: "round_robin" as const },
  { requirements: { installed_artifacts: ["model-3"] }, strategy: "least_connections" as const },
].map((wish, i) => ({
  name: `bench_asking_${i}`,
  states: {
    one: { ...step("done"), task_type: ASKING_TYPE, ...wish, start: true },
    done: { type: "end", outcome: "success" },
  },
}));
