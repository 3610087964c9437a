"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { UserCheck } from "lucide-react";
import { usePathname, useSearchParams } from "next/navigation";
import { useTranslations } from "next-intl";
import { type RefObject, useRef } from "react";
import { APPROVALS_KEY, INBOX_TABS, type InboxTab, inboxQuery } from "@/components/approvals/approval-data";
import { byDecision, dueGroups } from "@/components/approvals/due-groups";
import { InboxRow } from "@/components/approvals/inbox-row";
import { OVERVIEW_KEY } from "@/components/data/approval-count";
import { useLiveJobs } from "@/components/data/live";
import { readAgain } from "@/components/data/read-again";
import { useRowKeys } from "@/components/shell/row-keys";
import { useSearchState } from "@/components/shell/search-state";
import { EmptyPicture, FailedPicture, LoadingRows } from "@/components/ui/picture";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { useNow } from "@/components/ui/ticker";
import type { ApprovalRow } from "@/lib/api/approval";

const ID_BASE = "inbox";

/** The approvals by tab: what is put to this person, all that are open, and what was decided. */
export function Inbox() {
  const t = useTranslations("approvals");
  const [parameters, setParameters] = useSearchState();
  const tab = tabOf(parameters.get("tab"));
  const counts = useQuery({ ...inboxQuery("mine"), select: (page) => page.rows.length });
  useFresh();

  function choose(next: InboxTab) {
    const changed = new URLSearchParams(parameters);
    if (next === "mine") changed.delete("tab");
    else changed.set("tab", next);
    setParameters(changed);
  }

  return (
    <section className="inbox" aria-label={t("inbox")}>
      <Tabs
        label={t("inbox")}
        idBase={ID_BASE}
        value={tab}
        onChange={choose}
        items={INBOX_TABS.map((id) => ({ id, label: t(id), count: id === "mine" ? counts.data : undefined }))}
      />
      <TabPanel idBase={ID_BASE} id={tab} className="inbox-list">
        <List tab={tab} />
      </TabPanel>
    </section>
  );
}

function List({ tab }: { tab: InboxTab }) {
  const t = useTranslations("approvals");
  const nowMs = useNow() ?? 0;
  const list = useRef<HTMLDivElement>(null);
  const { data, error, refetch } = useQuery(inboxQuery(tab));
  useRowKeys(list as RefObject<HTMLElement | null>, { next: t("nextRow"), previous: t("previousRow") });
  if (error && !data) return <FailedPicture error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows rows={5} what={t("title")} />;
  if (data.rows.length === 0)
    return (
      <EmptyPicture icon={UserCheck} title={t(`empty_${tab}`)}>
        {t(`emptyHint_${tab}`)}
      </EmptyPicture>
    );
  return (
    <div ref={list}>
      {tab === "decided" ? (
        <Rows rows={byDecision(data.rows)} label={t("decided")} />
      ) : (
        dueGroups(data.rows, nowMs).map(({ group, rows }) => (
          <section key={group} aria-labelledby={`${ID_BASE}-${group}`}>
            <h2 className="inbox-h" id={`${ID_BASE}-${group}`} data-s={group === "overdue" ? "failed" : undefined}>
              {t(group)} <span className="t3">{rows.length}</span>
            </h2>
            <Rows rows={rows} />
          </section>
        ))
      )}
      {data.nextCursor ? <p className="hint inbox-more">{t("onlyFirst", { count: data.rows.length })}</p> : null}
    </div>
  );
}

function Rows({ rows, label }: { rows: readonly ApprovalRow[]; label?: string }) {
  const pathname = usePathname();
  const search = useSearchParams().toString();
  return (
    <ul aria-label={label}>
      {rows.map((row) => {
        const path = `/approvals/${row.approval_id}`;
        return (
          <InboxRow
            key={row.approval_id}
            row={row}
            href={search ? `${path}?${search}` : path}
            current={pathname === path}
          />
        );
      })}
    </ul>
  );
}

/** Every change of a job may open or close an approval: the shown lists are read again, at most once in two seconds. */
function useFresh() {
  const client = useQueryClient();
  const readAt = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const read = () => {
    readAt.current = Date.now();
    readAgain(client, [...APPROVALS_KEY, "list"]);
    readAgain(client, OVERVIEW_KEY);
  };
  const soon = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(read, Math.max(150, readAt.current + READ_AGAIN_MS - Date.now()));
  };
  useLiveJobs(
    (changes) => {
      const known = new Set(
        client
          .getQueriesData<{ rows: ApprovalRow[] }>({ queryKey: [...APPROVALS_KEY, "list"] })
          .flatMap(([, page]) => page?.rows.map((row) => row.job_id) ?? []),
      );
      if (changes.some((change) => change.status === "waiting_for_human" || known.has(change.job_id))) soon();
    },
    { onResync: soon },
  );
}

const READ_AGAIN_MS = 2_000;

function tabOf(word: string | null): InboxTab {
  return INBOX_TABS.find((tab) => tab === word) ?? "mine";
}
