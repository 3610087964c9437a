import { EVENT_KIND } from "@/lib/job-event";
import type { Signal } from "@/server/engine/signal";
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
    ...Object.keys(SIGNAL_KINDS).map((kind) => ({ need: signalNeed(kind), revision: null })),
  ];
}

/** What an engine needs to hear a signal of this kind. */
export function signalNeed(kind: string): string {
  return `signal:${kind}`;
}

/** False for a signal that only a newer release knows, whatever its type says. */
export function isKnownSignal(signal: Signal): boolean {
  return Object.hasOwn(SIGNAL_KINDS, signal.kind);
}

/** What an engine needs to fold a history whose newest kind of event is this one. */
export function eventNeed(kind: number): string {
  return `event:${kind}`;
}

/** Every kind of signal that this release decides on. */
const SIGNAL_KINDS: Record<Signal["kind"], true> = {
  task_result: true,
  task_started: true,
  task_due: true,
  delivery_lost: true,
  approval_decided: true,
  approval_delegated: true,
  approval_withdrawn: true,
  worker_event: true,
  signal_sent: true,
  timer_fired: true,
  handler_returned: true,
  handler_failed: true,
  child_ended: true,
  cancel: true,
  pause: true,
  resume: true,
  retry: true,
  requeue: true,
  give_up: true,
  fork: true,
  complete_step: true,
  set_priority: true,
};
