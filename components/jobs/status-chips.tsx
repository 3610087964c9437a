"use client";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { fetchOverview, OVERVIEW_KEY } from "@/components/data/approval-count";
import { isFiltered, JOB_FILTER_STATUSES, type JobListFilter } from "@/components/jobs/job-filter";
import { STATUS_LOOK } from "@/components/status/status-table";
import { Icon } from "@/components/ui/icon";
import type { DisplayStatus } from "@/lib/job-status";

/** Counted now; ended jobs are counted over a day only, which a chip can't say. */
const COUNTED = new Set<DisplayStatus>([
  "needs_approval",
  "quarantined",
  "retrying",
  "running",
  "waiting",
  "queued",
  "paused",
]);

/** The statuses as toggles, with how many jobs stand in each while nothing else narrows the list. */
export function StatusChips({
  filter,
  onChange,
}: {
  filter: JobListFilter;
  onChange: (statuses: DisplayStatus[]) => void;
}) {
  const t = useTranslations("jobs");
  const status = useTranslations("status");
  const { data } = useQuery({ queryKey: OVERVIEW_KEY, queryFn: fetchOverview });
  const counts = isFiltered({ ...filter, statuses: [] }) ? undefined : data?.display_counts;
  const chosen = new Set<DisplayStatus>(filter.statuses);

  function toggle(each: DisplayStatus) {
    const next = new Set(chosen);
    if (!next.delete(each)) next.add(each);
    onChange(JOB_FILTER_STATUSES.filter((one) => next.has(one)));
  }

  return (
    <fieldset className="status-chips" aria-label={t("status")}>
      {JOB_FILTER_STATUSES.map((each) => (
        <button
          key={each}
          type="button"
          className="status-chip"
          data-s={each}
          aria-pressed={chosen.has(each)}
          onClick={() => toggle(each)}
        >
          <Icon as={STATUS_LOOK[each].icon} size={14} />
          {status(each)}
          {COUNTED.has(each) && counts?.[each] ? <span className="count">{counts[each]}</span> : null}
        </button>
      ))}
    </fieldset>
  );
}
