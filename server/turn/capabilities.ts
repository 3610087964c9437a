import { EVENT_KIND } from "@/lib/job-event";
import type { Advertised } from "@/server/store/versions";

/** What an engine can run beyond plain documents. */
export interface EngineCode {
  /** Content hash of the document that the code belongs to. */
  hash: string;
  revision: string | null;
}

/** Every need that this engine meets: its code, and every kind of event that its release knows. */
export function capabilities(code: readonly EngineCode[]): Advertised[] {
  return [
    ...code.map(({ hash, revision }) => ({ need: hash, revision })),
    ...Object.values(EVENT_KIND).map((kind) => ({ need: eventNeed(kind), revision: null })),
  ];
}

/** What an engine needs to fold a history whose newest kind of event is this one. */
export function eventNeed(kind: number): string {
  return `event:${kind}`;
}
