import type { Actor } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";

export interface StartOptions {
  /** The same key for the same blueprint and input gives the same job, while it lives and a day longer. */
  idempotencyKey?: string;
  /** Kept with the job as it is. */
  metadata?: JsonObject;
  /** Who starts it, as its history names them. Default: the library itself. */
  by?: Actor;
}

export interface RunOptions extends StartOptions {
  /** How long to wait for the end; default: for as long as it takes. The job itself goes on. */
  timeoutMs?: number;
  /** Ends the waiting; the job itself goes on. */
  signal?: AbortSignal;
}

export interface DecideOptions {
  by?: Actor;
  comment?: string;
  /** What the form asks for. */
  values?: JsonObject;
}
