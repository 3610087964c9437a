"use client";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { EventPager } from "@/components/job/event-pager";
import { fanOutsOf } from "@/components/job/event-summary";
import { EventTable } from "@/components/job/event-table";
import type { JobViewProps } from "@/components/job/view-props";
import { FilteredPicture } from "@/components/ui/picture";
import type { EventKind } from "@/lib/job-event";

/** Rows in the page at once, however many events a job has. */
const PAGE = 200;

/** Everything that happened, oldest first, in pages. */
export function EventsView({ detail, history }: JobViewProps) {
  const t = useTranslations("job");
  const { events } = history;
  const [kind, setKind] = useState<EventKind | "">("");
  const [page, setPage] = useState(0);
  const kinds = useMemo(() => [...new Set(events.map((event) => event.event_type))].sort(), [events]);
  const matching = useMemo(
    () => (kind === "" ? events : events.filter((event) => event.event_type === kind)),
    [events, kind],
  );
  const from = Math.min(page, Math.max(0, Math.ceil(matching.length / PAGE) - 1)) * PAGE;

  return (
    <div className="events-view">
      <div className="filterbar">
        <select
          className="input kind-filter"
          data-filter
          aria-label={t("events.filter")}
          value={kind}
          onChange={(event) => {
            setKind(event.target.value as EventKind | "");
            setPage(0);
          }}
        >
          <option value="">{t("events.all")}</option>
          {kinds.map((each) => (
            <option key={each} value={each}>
              {t(`kind.${each}`)}
            </option>
          ))}
        </select>
        <EventPager from={from} pageSize={PAGE} total={matching.length} onPage={setPage} />
      </div>
      {matching.length === 0 ? (
        <FilteredPicture title={t("events.none")} />
      ) : (
        <EventTable
          events={matching.slice(from, from + PAGE)}
          near={detail.created_at}
          fanOuts={fanOutsOf(history.view)}
          label={t("events.label")}
          withState
        />
      )}
    </div>
  );
}
