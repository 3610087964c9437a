"use client";
import { useEffect, useRef, useSyncExternalStore } from "react";
import {
  createLiveHub,
  type JobListener,
  type JobsListener,
  type LiveHub,
  type LiveStatus,
} from "@/components/data/live-hub";
import type { JobChange, LiveEvent } from "@/components/data/live-messages";

let hub: LiveHub | undefined;

/** The hub of this tab, made by the first component that listens; never on the server. */
function liveHub(): LiveHub {
  hub ??= createLiveHub();
  return hub;
}

/**
 * Listens to one job while the component is mounted. `onEvents` gets new events in batches (≤ 10 a second), perhaps with
 * ones that are known: drop those by `seq`. `onResync` means: read the job again, something may have been missed; it is
 * also called once when the stream is open, for what happened since the page's own first read.
 */
export function useLiveJob(
  jobId: string | null,
  onEvents: (events: LiveEvent[]) => void,
  more: Omit<JobListener, "onEvents"> = {},
): void {
  const latest = useRef({ onEvents, ...more });
  useEffect(() => {
    latest.current = { onEvents, ...more };
  });
  useEffect(() => {
    if (jobId === null) return;
    return liveHub().listenToJob(jobId, {
      onEvents: (events) => latest.current.onEvents(events),
      onProgress: (progress) => latest.current.onProgress?.(progress),
      onResync: () => latest.current.onResync?.(),
    });
  }, [jobId]);
}

/** Listens to the changes of all jobs that this person may see; the newest change per job, ≤ 10 calls a second. */
export function useLiveJobs(
  onChanges: (changes: JobChange[]) => void,
  more: Omit<JobsListener, "onChanges"> = {},
): void {
  const latest = useRef({ onChanges, ...more });
  useEffect(() => {
    latest.current = { onChanges, ...more };
  });
  useEffect(
    () =>
      liveHub().listenToJobs({
        onChanges: (changes) => latest.current.onChanges(changes),
        onResync: () => latest.current.onResync?.(),
      }),
    [],
  );
}

const AT_FIRST: LiveStatus = { state: "connecting", heardAtMs: null, problem: null };

/** State of the connection and when the server was last heard, for the live indicator and for disabling stale actions. */
export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(
    (listener) => liveHub().subscribeStatus(listener),
    () => liveHub().status(),
    () => AT_FIRST,
  );
}

/** The server says something at least every 5 s; more than this without a word means that what is shown may be old. */
export const STALE_AFTER_MS = 11_000;

/** True when what is shown may be old: the stream is broken or silent. Actions on live rows are disabled then. */
export function isStale(status: LiveStatus, nowMs: number): boolean {
  if (status.state === "reconnecting" || status.state === "signed_out") return true;
  return status.state === "live" && status.heardAtMs !== null && nowMs - status.heardAtMs > STALE_AFTER_MS;
}
