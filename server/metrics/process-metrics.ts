import { Counter, Gauge, type Registry } from "prom-client";
import { CachedReading } from "./cached-reading";

/** What a process is, besides what it does. */
export interface ProcessLabels {
  version: string;
  hostname: string;
}

/** Which build runs where, as a gauge that is always 1. */
export function addInfo(registry: Registry, name: `batuta_${string}_info`, { version, hostname }: ProcessLabels): void {
  new Gauge({
    name,
    help: "Always 1; the labels tell which build runs where",
    labelNames: ["version", "node", "host"],
    registers: [registry],
  }).set({ version, node: process.versions.node, host: hostname }, 1);
}

/** 1 while the process ends what it has and takes nothing new. */
export function addDraining(registry: Registry, isDraining: () => boolean): void {
  new Gauge({
    name: "batuta_draining",
    help: "1 while the process ends what it has and takes no more",
    registers: [registry],
    collect() {
      this.set(isDraining() ? 1 : 0);
    },
  });
}

/** Whether each server that the process needs answers; `read` leaves out those that it does not use. */
export function addDependencies(
  registry: Registry,
  read: () => Record<string, boolean> | Promise<Record<string, boolean>>,
): void {
  new Gauge({
    name: "batuta_dependency_up",
    help: "1 while a server that the process needs answers it (db, redis)",
    labelNames: ["dep"],
    registers: [registry],
    async collect() {
      for (const [dep, isUp] of Object.entries(await read())) this.set({ dep }, isUp ? 1 : 0);
    },
  });
}

/** The same of an answer to `/readyz`, asked for at most once a second. */
export function dependenciesOf(
  health: () => Promise<{ db: string; redis: string }>,
  onFault: (error: unknown) => void,
): () => Promise<Record<string, boolean>> {
  const reading = new CachedReading(health, { keepMs: 1_000, waitMs: 3_000, onFault });
  return async () => {
    const told = await reading.read();
    const up: Record<string, boolean> = { db: told?.db === "connected" };
    if (told && told.redis !== "off") up.redis = told.redis === "connected";
    return up;
  };
}

/** Errors that no code looked at: a rejection that nobody handled, something thrown after its task had returned. */
export function unobservedErrors(registry: Registry): Counter {
  return new Counter({
    name: "batuta_unobserved_errors_total",
    help: "Errors that nobody caught: rejections without a handler, code that threw after its task had returned",
    registers: [registry],
  });
}
