import type { ApprovalRow } from "@/lib/api/approval";

export const DUE_GROUPS = ["overdue", "today", "later", "noDeadline"] as const;
export type DueGroup = (typeof DUE_GROUPS)[number];

const DAY_MS = 86_400_000;

/** Open approvals by when they are due, the most urgent first; `nowMs` is the browser's time. Empty groups are left out. */
export function dueGroups(rows: readonly ApprovalRow[], nowMs: number): { group: DueGroup; rows: ApprovalRow[] }[] {
  const sorted = [...rows].sort((a, b) => dueMs(a) - dueMs(b) || a.asked_at.localeCompare(b.asked_at));
  return DUE_GROUPS.map((group) => ({ group, rows: sorted.filter((row) => groupOf(row, nowMs) === group) })).filter(
    (each) => each.rows.length > 0,
  );
}

/** Decided ones, the last decision first. */
export function byDecision(rows: readonly ApprovalRow[]): ApprovalRow[] {
  return [...rows].sort((a, b) => (b.decided_at ?? b.asked_at).localeCompare(a.decided_at ?? a.asked_at));
}

function groupOf(row: ApprovalRow, nowMs: number): DueGroup {
  const due = dueMs(row);
  if (due === Number.POSITIVE_INFINITY) return "noDeadline";
  if (due < nowMs) return "overdue";
  return due - nowMs < DAY_MS ? "today" : "later";
}

function dueMs(row: ApprovalRow): number {
  return row.deadline_at === null ? Number.POSITIVE_INFINITY : Date.parse(row.deadline_at);
}
