import type { useTranslations } from "next-intl";
import { actorName } from "@/components/job/actor-name";
import { approverNames } from "@/components/job/approver-names";
import type { EventData, EventKind, HistoryEvent } from "@/lib/job-event";
import { TASK_NUMBER_FACTOR } from "@/lib/job-event";
import type { JobView } from "@/lib/job-view";
import { formatDuration } from "@/lib/time/duration";

/** What the sentences are made with. */
export interface SummaryWords {
  t: ReturnType<typeof useTranslations<"job">>;
  locale: string;
  /** Numbers of the first branches: a task within such a thousand is a branch. */
  fanOuts: ReadonlySet<number>;
}

type Summaries = { [K in EventKind]: (data: EventData[K], words: SummaryWords, event: HistoryEvent) => string };

/** An event in one sentence of the reader's language. */
export function eventSummary(event: HistoryEvent, words: SummaryWords): string {
  const summary = SUMMARIES[event.event_type] as
    | ((data: unknown, words: SummaryWords, event: HistoryEvent) => string)
    | undefined;
  return summary?.(event.data, words, event) ?? event.event_type;
}

/** The first branches' numbers of all fan-outs of a job. */
export function fanOutsOf(view: JobView): ReadonlySet<number> {
  return new Set(view.steps.flatMap((step) => (step.fanOut && step.tasks[0] ? [step.tasks[0].no] : [])));
}

/** The branch that a task's number stands for, or null for a task that is alone. */
function branchOf(no: number, fanOuts: ReadonlySet<number>): number | null {
  const branch = no % TASK_NUMBER_FACTOR;
  return fanOuts.has(no - branch) ? branch : null;
}

const SUMMARIES: Summaries = {
  job_created: ({ starter }, { t }) => t("summary.job_created", { who: actorName(starter, t) }),
  state_entered({ state, via }, { t }) {
    if (!via) return t("summary.state_entered", { state });
    if (via.when) return t("summary.state_entered_when", { from: via.from, state, when: via.when });
    return t("summary.state_entered_via", { from: via.from, state, on: via.on });
  },
  context_set: ({ set, unset = [] }, { t, locale }) =>
    t("summary.context_set", { keys: new Intl.ListFormat(locale).format([...Object.keys(set), ...unset]) }),
  handler_returned: (_data, { t }) => t("summary.handler_returned"),
  handler_failed: ({ attempt, message }, { t }) => t("summary.handler_failed", { attempt, message }),
  task_dispatched: ({ task_type: task }, { t }) => t("summary.task_dispatched", { task }),
  tasks_fanned_out: ({ count, aggregate_into: state }, { t }) => t("summary.tasks_fanned_out", { count, state }),
  task_started({ n, worker }, { t, fanOuts }) {
    const branch = branchOf(n, fanOuts);
    return branch === null ? t("summary.task_started", { worker }) : t("summary.branch_started", { branch, worker });
  },
  task_finished({ n, outcome, worker, ms }, { t, locale, fanOuts }) {
    const branch = branchOf(n, fanOuts);
    const values = { outcome, worker: worker ?? "–", duration: formatDuration(ms ?? 0, locale) };
    return branch === null ? t("summary.task_finished", values) : t("summary.branch_finished", { ...values, branch });
  },
  task_failed({ n, attempt, code, message }, { t, fanOuts }) {
    const branch = branchOf(n, fanOuts);
    const values = { attempt, code, message };
    return branch === null ? t("summary.task_failed", values) : t("summary.branch_failed", { ...values, branch });
  },
  task_retry_set({ n, attempt, due_ms }, { t, locale, fanOuts }) {
    const branch = branchOf(n, fanOuts);
    const values = { attempt, duration: formatDuration(due_ms, locale) };
    return branch === null ? t("summary.task_retry_set", values) : t("summary.branch_retry_set", { ...values, branch });
  },
  task_redelivered: ({ reason, worker }, { t }) =>
    reason === "retry"
      ? t("summary.task_redelivered_retry")
      : t(`summary.task_redelivered_${reason}`, { worker: worker ?? "–" }),
  tasks_aggregated: ({ ok, failed }, { t }) => t("summary.tasks_aggregated", { ok, failed }),
  approval_asked: ({ approvers, message }, { t, locale }) =>
    t("summary.approval_asked", { approvers: approverNames(approvers, locale), message }),
  approval_decided({ by, decision, comment }, { t }) {
    const who = actorName(by, t);
    if (comment) return t("summary.approval_decided_comment", { who, decision, comment });
    return t("summary.approval_decided", { who, decision });
  },
  approval_expired: (_data, { t }) => t("summary.approval_expired"),
  timer_set: ({ due_ms }, { t, locale }) => t("summary.timer_set", { duration: formatDuration(due_ms, locale) }),
  timer_fired: (_data, { t }) => t("summary.timer_fired"),
  job_cancelled: ({ by, reason }, { t }) => withReason("job_cancelled", actorName(by, t), reason, t),
  job_quarantined: ({ code, message }, { t }) => t("summary.job_quarantined", { code, message }),
  job_failed: ({ code, message }, { t }) => t("summary.job_failed", { code, message }),
  job_completed: ({ outcome }, { t }) => t(`summary.job_completed_${outcome}`),
  job_retried: ({ by, reason }, { t }) => withReason("job_retried", actorName(by, t), reason, t),
  wait_started({ signal, due_ms: dueMs = 0 }, { t, locale }) {
    const duration = formatDuration(dueMs, locale);
    if (signal === undefined) return t("summary.wait_time", { duration });
    return dueMs === 0 ? t("summary.wait_signal", { signal }) : t("summary.wait_signal_limit", { signal, duration });
  },
  signal_received: ({ name, by }, { t }) => t("summary.signal_received", { who: actorName(by, t), signal: name }),
  child_started: ({ blueprint }, { t }) => t("summary.child_started", { blueprint }),
  child_ended: ({ child, status, error }, { t }) =>
    child === undefined
      ? t("summary.child_refused", { message: error?.message ?? "" })
      : t("summary.child_ended", { status }),
  job_paused: ({ by, reason }, { t }) => withReason("job_paused", actorName(by, t), reason, t),
  job_resumed: ({ by, reason }, { t }) => withReason("job_resumed", actorName(by, t), reason, t),
  job_requeued: ({ by, reason }, { t }) => withReason("job_requeued", actorName(by, t), reason, t),
  job_forked: ({ by, state }, { t }) => t("summary.job_forked", { who: actorName(by, t), state }),
  step_completed: ({ by, outcome }, { t }) => t("summary.step_completed", { who: actorName(by, t), outcome }),
  priority_changed: ({ by, priority }, { t }) => t("summary.priority_changed", { who: actorName(by, t), priority }),
  worker_event: ({ event_type: event, worker }, { t }) =>
    worker === undefined ? t("summary.handler_event", { event }) : t("summary.worker_event", { worker, event }),
  approval_escalated: ({ to }, { t, locale }) =>
    t("summary.approval_escalated", { approvers: approverNames(to, locale) }),
  approval_delegated: ({ by, to }, { t, locale }) =>
    t("summary.approval_delegated", { who: actorName(by, t), approvers: approverNames(to, locale) }),
  approval_withdrawn: ({ by }, { t }) => t("summary.approval_withdrawn", { who: actorName(by, t) }),
};

function withReason(
  kind: "job_cancelled" | "job_retried" | "job_paused" | "job_resumed" | "job_requeued",
  who: string,
  reason: string | undefined,
  t: SummaryWords["t"],
): string {
  return reason ? t(`summary.${kind}_reason`, { who, reason }) : t(`summary.${kind}`, { who });
}
