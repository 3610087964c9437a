"use client";
import { useQuery } from "@tanstack/react-query";
import { APPROVALS_KEY } from "@/components/approvals/approval-data";
import { api } from "@/components/data/api";
import { type EventData, type HistoryEvent, TASK_NUMBER_FACTOR } from "@/lib/job-event";

/** Kinds of events that an approval's history is made of. */
export const APPROVAL_EVENT_KINDS = [
  "approval_asked",
  "approval_decided",
  "approval_expired",
  "approval_escalated",
  "approval_delegated",
  "approval_withdrawn",
] as const;
export type ApprovalEventKind = (typeof APPROVAL_EVENT_KINDS)[number];

/** One event of an approval. */
export interface ApprovalEvent {
  seq: number;
  kind: ApprovalEventKind;
  at: string;
  data: Partial<EventData["approval_asked"] & EventData["approval_decided"] & EventData["approval_delegated"]>;
}

const MOST_EVENTS = 500;

/** What happened to an approval: the events of its job from the one that asked on. */
export function useApprovalHistory(jobId: string, no: number) {
  // The number of an approval is that of the event that asked, as a task's is.
  const asked = Math.floor(no / TASK_NUMBER_FACTOR);
  return useQuery({
    queryKey: [...APPROVALS_KEY, "one", `${jobId}.${no}`, "history"],
    queryFn: ({ signal }) =>
      api.get<HistoryEvent[]>(`/api/v1/jobs/${jobId}/history`, {
        query: { after_seq: Math.max(0, asked - 1), limit: MOST_EVENTS },
        signal,
      }),
    select: (events: HistoryEvent[]) => approvalEvents(events, no),
  });
}

/** The events about one approval, oldest first. */
export function approvalEvents(events: readonly HistoryEvent[], no: number): ApprovalEvent[] {
  return events.flatMap(({ seq, event_type: type, timestamp, data }): ApprovalEvent[] => {
    const kind = APPROVAL_EVENT_KINDS.find((each) => each === type);
    if (!kind || data.n !== no) return [];
    return [{ seq, kind, at: timestamp, data: data as ApprovalEvent["data"] }];
  });
}
