import { type JobListFilter, TIME_RANGES } from "@/components/jobs/job-filter";
import type { SelectionFilter } from "@/lib/api/bulk";

/** The list's filter as the API freezes it. `nowMs`: a relative time begins that long before it. */
export function selectionFilterOf(filter: JobListFilter, nowMs: number): SelectionFilter {
  const exact = filter.from !== null || filter.to !== null;
  const start = filter.range ? new Date(nowMs - TIME_RANGES[filter.range]).toISOString() : null;
  const from = exact ? filter.from : start;
  const text = filter.text.trim();
  return {
    ...(filter.statuses.length > 0 ? { status: [...filter.statuses] } : {}),
    ...(filter.blueprint ? { blueprint: filter.blueprint } : {}),
    ...(from ? { from } : {}),
    ...(exact && filter.to ? { to: filter.to } : {}),
    ...(text ? { q: text } : {}),
    ...(filter.parent ? { parent: filter.parent } : {}),
    ...(filter.labels.length > 0 ? { labels: Object.fromEntries(filter.labels.map(labelOf)) } : {}),
  };
}

function labelOf(label: string): [string, string] {
  const at = label.indexOf("=");
  return [label.slice(0, at).trim(), label.slice(at + 1).trim()];
}
