"use client";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { EventPager } from "@/components/job/event-pager";
import { fanOutsOf } from "@/components/job/event-summary";
import { EventTable } from "@/components/job/event-table";
import type { StepParts } from "@/components/job/inspector/step-parts";
import type { HistoryEvent } from "@/lib/job-event";
import type { JobView, StepView, TaskView } from "@/lib/job-view";

const PAGE = 100;

/** The events between the step's entry and the next one's; of a branch only its own. */
export function StepEvents({ detail, history, step, task }: StepParts) {
  const t = useTranslations("job");
  const [page, setPage] = useState(0);
  const events = useMemo(() => eventsOf(history.view, history.events, step, task), [history, step, task]);
  const from = Math.min(page, Math.max(0, Math.ceil(events.length / PAGE) - 1)) * PAGE;
  if (events.length === 0) return <p className="note">{t("inspector.noEvents")}</p>;
  return (
    <>
      {events.length > PAGE ? <EventPager from={from} pageSize={PAGE} total={events.length} onPage={setPage} /> : null}
      <div className="boxed">
        <EventTable
          events={events.slice(from, from + PAGE)}
          near={detail.created_at}
          fanOuts={fanOutsOf(history.view)}
          label={`${t("inspector.events")}: ${step.state}`}
        />
      </div>
    </>
  );
}

/** Events are numbered without gap, so a step's are a slice. */
function eventsOf(
  view: JobView,
  events: readonly HistoryEvent[],
  step: StepView,
  task: TaskView | null,
): HistoryEvent[] {
  const next = view.steps[view.steps.indexOf(step) + 1];
  const own = events.slice(step.entry - 1, next ? next.entry - 1 : undefined);
  return task ? own.filter((event) => event.data.n === task.no) : own;
}
