import { storableText } from "./storable-json";

/** The last progress of one attempt. */
export interface ProgressRow {
  jobId: string;
  no: number;
  fence: number;
  /** 0…1 */
  progress: number;
  message: string | null;
}

const MAX_MESSAGE_LENGTH = 500;

/** Brings a fraction from anywhere into 0…1; what is no number counts as no progress. */
export function fractionOf(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}

/** A progress message as it is stored: short, and without what Postgres refuses. */
export function progressMessageOf(message: unknown): string | null {
  if (typeof message !== "string" || message === "") return null;
  return storableText(message.slice(0, MAX_MESSAGE_LENGTH));
}
