"use client";
import { Clock, TriangleAlert } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { decisionStatus, decisionWord } from "@/components/approvals/decision-words";
import { STATUS_LOOK } from "@/components/status/status-table";
import { Icon } from "@/components/ui/icon";
import { RelativeTime } from "@/components/ui/relative-time";
import { useNow } from "@/components/ui/ticker";
import type { ApprovalRow } from "@/lib/api/approval";

/** One approval in the inbox: what is asked, when it is due, and how many have decided. */
export function InboxRow({ row, href, current }: { row: ApprovalRow; href: string; current: boolean }) {
  const t = useTranslations("approvals");
  return (
    <li data-row={row.approval_id} className="inbox-row">
      <Link className="row-link" href={href} aria-current={current ? "page" : undefined}>
        <span className="inbox-top">
          <b className="inbox-title">{row.message || row.state}</b>
          {row.status === "open" ? <DueMark row={row} /> : <Outcome row={row} />}
        </span>
        <span className="row g6 s12 t2 inbox-meta">
          <span className="clip">
            {row.blueprint_name} · {row.approvers.map(approverName).join(", ")}
          </span>
          <span className="end nowrap">
            <Voices row={row} /> {t("voices", { count: votesFor(row), quorum: row.quorum })}
          </span>
        </span>
        {row.status === "open" && !row.may_decide && row.why_not ? (
          <span className="s12 t3">{t(`why_${row.why_not}`)}</span>
        ) : null}
      </Link>
    </li>
  );
}

function DueMark({ row }: { row: ApprovalRow }) {
  const t = useTranslations("approvals");
  const nowMs = useNow();
  if (row.deadline_at === null) return null;
  const over = nowMs !== null && Date.parse(row.deadline_at) < nowMs;
  return (
    <span className="due" data-s={over ? "failed" : "needs_approval"}>
      <Icon as={over ? TriangleAlert : Clock} size={14} />
      <span className="vh">{t(over ? "wasDue" : "isDue")} </span>
      <RelativeTime at={row.deadline_at} />
    </span>
  );
}

function Outcome({ row }: { row: ApprovalRow }) {
  const t = useTranslations("approvals");
  const word = row.outcome ?? row.status;
  const status = decisionStatus(word);
  return (
    <span className="due" data-s={status}>
      <Icon as={STATUS_LOOK[status].icon} size={14} />
      {row.status === "withdrawn" ? t("withdrawn") : decisionWord(word, t)}
    </span>
  );
}

function Voices({ row }: { row: ApprovalRow }) {
  const given = votesFor(row);
  return (
    <span className="voices" aria-hidden="true">
      {Array.from({ length: Math.min(row.quorum, 5) }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the marks are all the same and never move
        <i key={index} className={index < given ? "on" : undefined} />
      ))}
    </span>
  );
}

/** How many of the needed voices are in: those of the decision that has most. */
export function votesFor(row: Pick<ApprovalRow, "votes">): number {
  const counts = new Map<string, number>();
  for (const { decision } of row.votes) counts.set(decision, (counts.get(decision) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

/** `role:compliance` and `user:ana@example.com` without their kind. */
export function approverName(word: string): string {
  return word.replace(/^(role|user|client):/, "");
}
