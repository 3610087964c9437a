import type { HistoryEvent } from "@/lib/job-event";
import { emptyJobView, type JobView } from "@/lib/job-view";
import { APPROVAL_EVENTS } from "@/lib/view/approval-events";
import { JOB_EVENTS } from "@/lib/view/job-events";
import { STEP_EVENTS } from "@/lib/view/step-events";
import { TASK_EVENTS } from "@/lib/view/task-events";
import { type ViewApplications, ViewDraft } from "@/lib/view/view-draft";

const APPLY: ViewApplications<HistoryEvent["event_type"]> = {
  ...JOB_EVENTS,
  ...STEP_EVENTS,
  ...TASK_EVENTS,
  ...APPROVAL_EVENTS,
};

/**
 * Brings a view up to date with events of its job, in order. Events that the view has are ignored; a gap stops it: the
 * view then keeps its version and the caller fetches what is missing. Returns a new view when anything changed; parts
 * that did not change are shared, so components may compare by identity.
 */
export function applyEvents(view: JobView, events: HistoryEvent[]): JobView {
  const fresh = events.filter((event) => event.seq > view.version);
  if (fresh.length === 0 || fresh[0]?.seq !== view.version + 1) return view;
  const draft = new ViewDraft(view);
  for (const event of fresh) {
    if (event.seq !== draft.view.version + 1) break;
    apply(draft, event);
  }
  return draft.view;
}

/** The view of a whole history. */
export function viewOf(events: HistoryEvent[]): JobView {
  return applyEvents(emptyJobView(), events);
}

/** True when the first unknown event is not the next one. */
export function hasGap(view: JobView, events: HistoryEvent[]): boolean {
  const next = events.find((event) => event.seq > view.version);
  return next !== undefined && next.seq !== view.version + 1;
}

/** An event of a kind that this page does not know yet (a newer server's) changes nothing but the version. */
function apply(draft: ViewDraft, event: HistoryEvent): void {
  const change = APPLY[event.event_type] as
    | ((draft: ViewDraft, data: unknown, at: string, seq: number) => void)
    | undefined;
  change?.(draft, event.data, event.timestamp, event.seq);
  draft.view.version = event.seq;
}
