import { api, type Page } from "@/components/data/api";
import type { ApprovalDetail, ApprovalRow } from "@/lib/api/approval";

/** Which approvals the inbox shows; `mine` are the open ones put to this person. */
export const INBOX_TABS = ["mine", "open", "decided"] as const;
export type InboxTab = (typeof INBOX_TABS)[number];

const MOST_ROWS = 200;

export const APPROVALS_KEY = ["approvals"] as const;

export function inboxQuery(tab: InboxTab) {
  return {
    queryKey: [...APPROVALS_KEY, "list", tab] as const,
    queryFn: ({ signal }: { signal: AbortSignal }): Promise<Page<ApprovalRow>> =>
      api.page<ApprovalRow>("/api/v1/approvals", {
        query: { status: tab === "decided" ? "decided" : "open", mine: tab === "mine" ? true : null, limit: MOST_ROWS },
        signal,
      }),
  };
}

export function approvalQuery(id: string) {
  return {
    queryKey: [...APPROVALS_KEY, "one", id] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      api.get<ApprovalDetail>(`/api/v1/approvals/${encodeURIComponent(id)}`, { signal }),
  };
}
