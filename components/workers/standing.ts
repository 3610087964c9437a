import type { WorkerRecord } from "@/lib/api/worker";
import { isJsonObject, type JsonObject } from "@/lib/json";

/** How a worker stands, in one word: the first that applies, the worst first. */
export type Standing = "lost" | "distrusted" | "draining" | "full" | "online" | "idle";

type Facts = Pick<WorkerRecord, "status" | "trusted" | "busy" | "waiting" | "slots">;

/** One that did not say how many tasks it takes (`slots` 0) is never full. */
export function standingOf({ status, trusted, busy, waiting, slots }: Facts): Standing {
  if (status === "lost") return "lost";
  if (!trusted) return "distrusted";
  if (status === "draining") return "draining";
  if (slots > 0 && busy + waiting >= slots) return "full";
  return busy > 0 ? "online" : "idle";
}

/** It gets no task at the moment, for a reason that does not pass by itself. */
export function getsNothing(row: Facts): boolean {
  const standing = standingOf(row);
  return standing === "lost" || standing === "distrusted" || standing === "draining";
}

export const VIEWS = ["all", "free", "busy", "trouble"] as const;
export type View = (typeof VIEWS)[number];

export interface WorkerFilter {
  /** Part of the id, of a skill, of its type, or of a device's model. */
  text: string;
  /** The whole name of a skill; empty: any. */
  skill: string;
  view: View;
}

/** Whether a worker is among those that are looked for. */
export function isWanted(row: WorkerRecord, { text, skill, view }: WorkerFilter): boolean {
  const words = [row.worker_id, row.worker_type, ...row.skills, ...machineOf(row)].join(" ").toLowerCase();
  return words.includes(text.trim().toLowerCase()) && (skill === "" || row.skills.includes(skill)) && isIn(row, view);
}

/** Whether a worker belongs to a view. */
export function isIn(row: Facts, view: View): boolean {
  if (view === "all") return true;
  if (view === "trouble") return getsNothing(row);
  if (view === "busy") return row.status !== "lost" && row.busy > 0;
  return standingOf(row) === "idle" || standingOf(row) === "online";
}

/** Every skill of these workers, by name. */
export function skillsOf(rows: readonly Pick<WorkerRecord, "skills">[]): string[] {
  return [...new Set(rows.flatMap(({ skills }) => skills))].sort();
}

/** Devices of a record, which is as the worker told it. */
export function devicesOf({ resources }: Pick<WorkerRecord, "resources">): JsonObject[] {
  const { devices } = resources;
  return Array.isArray(devices) ? devices.filter(isJsonObject) : [];
}

/** What the machine has, each in a few words: `2 × RTX 4090`, `ram_gb 64`. */
export function machineOf(row: Pick<WorkerRecord, "resources">): string[] {
  const counts = new Map<string, number>();
  for (const { type, model } of devicesOf(row)) {
    const name = shortText(model ?? type ?? "?");
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const devices = [...counts].map(([name, count]) => (count > 1 ? `${count} × ${name}` : name));
  return [...devices, ...propertiesOf(row).map(([name, value]) => `${name} ${value}`)];
}

/** The machine's properties, as short text. */
export function propertiesOf({ resources: { properties } }: Pick<WorkerRecord, "resources">): [string, string][] {
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).map(([name, value]) => [name, shortText(value)]);
}

/** A value in a few words: texts as they are, lists one after the other, all else as JSON. */
export function shortText(value: unknown): string {
  if (Array.isArray(value)) return value.map(shortText).join(", ");
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** The least and the most that it asks for a task; null where it names no price. */
export function pricesOf({ cost_per_skill }: Pick<WorkerRecord, "cost_per_skill">): [number, number] | null {
  const prices = Object.values(cost_per_skill);
  return prices.length === 0 ? null : [Math.min(...prices), Math.max(...prices)];
}

/** Per cent, rounded down so that 100 means never judged or never failed. */
export function trustPercent(reputation: number): number {
  return Math.floor(Math.min(1, Math.max(0, reputation)) * 100 + 1e-9);
}
