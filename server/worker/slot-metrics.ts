import { Counter, Gauge, type Registry } from "prom-client";
import { boundedLabel } from "@/server/metrics/bounded-label";
import { unobservedErrors } from "@/server/metrics/process-metrics";
import type { SlotState } from "./bridge/executor";
import type { PoolEvent } from "./bridge/pool/pool-options";

export interface SlotMetrics {
  /** Counts what happened to a slot. */
  note(event: PoolEvent): void;
}

/**
 * Kills, recycles and slots, in the worker's one registry: what happens in threads and processes is counted here, outside.
 * `capacity`: tasks at once.
 */
export function createSlotMetrics(registry: Registry, slots: () => SlotState[], capacity: number): SlotMetrics {
  const registers = [registry];
  const kills = new Counter({
    name: "batuta_task_kills_total",
    help: "Threads and processes that were ended, by the task that they ran (none: between tasks) and by reason",
    labelNames: ["task", "reason"],
    registers,
  });
  const recycles = new Counter({
    name: "batuta_slot_recycles_total",
    help: "Threads and processes that were replaced between tasks, by reason",
    labelNames: ["reason"],
    registers,
  });
  new Gauge({
    name: "batuta_slots",
    help: "Places where tasks run, by state and isolation",
    labelNames: ["state", "isolation"],
    registers,
    collect() {
      this.reset();
      for (const { status, isolation } of slots()) this.inc({ state: status, isolation });
    },
  });
  new Gauge({ name: "batuta_worker_capacity", help: "Attempts that can run at once", registers }).set(capacity);
  const unobserved = unobservedErrors(registry);
  const labelOf = boundedLabel(registry, "task");
  return {
    note(event) {
      if (event.kind === "killed") kills.inc({ task: labelOf(event.task ?? "none"), reason: event.reason });
      if (event.kind === "recycled") recycles.inc({ reason: event.reason });
      if (event.kind === "fault") unobserved.inc();
    },
  };
}
