"use client";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { Fragment, useState } from "react";
import { ClockTime } from "@/components/job/clock-time";
import { eventSummary } from "@/components/job/event-summary";
import { IconButton } from "@/components/ui/button";
import { JsonView } from "@/components/ui/json-view";
import { ColumnHead, Table } from "@/components/ui/table";
import type { HistoryEvent } from "@/lib/job-event";

/** Events as rows, each with its data on demand. */
export function EventTable({
  events,
  near,
  fanOuts,
  label,
  withState = false,
}: {
  events: readonly HistoryEvent[];
  /** The job's start: other days are named. */
  near: string;
  fanOuts: ReadonlySet<number>;
  label: string;
  withState?: boolean;
}) {
  const t = useTranslations("job.events");
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());

  function toggle(seq: number) {
    const next = new Set(open);
    if (!next.delete(seq)) next.add(seq);
    setOpen(next);
  }

  return (
    <Table label={label} compact className="event-table">
      <thead>
        <tr>
          <ColumnHead hidden>{t("data", { seq: "" })}</ColumnHead>
          <ColumnHead numeric>{t("number")}</ColumnHead>
          <ColumnHead>{t("time")}</ColumnHead>
          <ColumnHead>{t("kind")}</ColumnHead>
          {withState ? <ColumnHead>{t("state")}</ColumnHead> : null}
          <ColumnHead>{t("what")}</ColumnHead>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <EventRow
            key={event.seq}
            event={event}
            near={near}
            fanOuts={fanOuts}
            open={open.has(event.seq)}
            onToggle={() => toggle(event.seq)}
            withState={withState}
          />
        ))}
      </tbody>
    </Table>
  );
}

function EventRow({
  event,
  near,
  fanOuts,
  open,
  onToggle,
  withState,
}: {
  event: HistoryEvent;
  near: string;
  fanOuts: ReadonlySet<number>;
  open: boolean;
  onToggle: () => void;
  withState: boolean;
}) {
  const t = useTranslations("job");
  const locale = useLocale();
  const { seq } = event;
  const summary = eventSummary(event, { t, locale, fanOuts });
  return (
    <Fragment>
      <tr data-seq={seq}>
        <td>
          <IconButton
            icon={open ? ChevronDown : ChevronRight}
            label={t(open ? "events.hide" : "events.show", { seq })}
            variant="quiet"
            size="sm"
            aria-expanded={open}
            onClick={onToggle}
          />
        </td>
        <td className="num mono t3">{seq}</td>
        <td className="mono t2">
          <ClockTime at={event.timestamp} near={near} />
        </td>
        <td>{t(`kind.${event.event_type}`)}</td>
        {withState ? <td className="t2">{event.state}</td> : null}
        <td className="clip event-what" title={summary}>
          {summary}
        </td>
      </tr>
      {open ? (
        <tr>
          <td colSpan={withState ? 6 : 5} className="event-data">
            <JsonView value={event.data} label={t("events.data", { seq })} openLevels={3} maxHeight={320} />
          </td>
        </tr>
      ) : null}
    </Fragment>
  );
}
