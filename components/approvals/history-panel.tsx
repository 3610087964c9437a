"use client";
import { BellRing, CircleHelp, Hourglass, type LucideIcon, Undo2, UserPlus } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { decisionStatus, decisionWord } from "@/components/approvals/decision-words";
import { approverName } from "@/components/approvals/inbox-row";
import {
  type ApprovalEvent,
  type ApprovalEventKind,
  useApprovalHistory,
} from "@/components/approvals/use-approval-history";
import { STATUS_LOOK } from "@/components/status/status-table";
import { Icon } from "@/components/ui/icon";
import { AbsoluteTime } from "@/components/ui/relative-time";
import type { ApprovalDetail } from "@/lib/api/approval";

const ICON: Record<Exclude<ApprovalEventKind, "approval_decided">, LucideIcon> = {
  approval_asked: CircleHelp,
  approval_expired: Hourglass,
  approval_escalated: BellRing,
  approval_delegated: UserPlus,
  approval_withdrawn: Undo2,
};

/** Who was asked when, who decided, who took it back. Nothing while it is not known. */
export function HistoryPanel({ approval }: { approval: ApprovalDetail }) {
  const t = useTranslations("approvals");
  const { data } = useApprovalHistory(approval.job_id, approval.no);
  if (!data || data.length === 0) return null;
  return (
    <section className="block side-panel" aria-labelledby="approval-history">
      <h3 className="sec-h" id="approval-history">
        {t("history")}
      </h3>
      <ol className="approval-events">
        {data.map((event) => (
          <Line key={event.seq} event={event} />
        ))}
      </ol>
    </section>
  );
}

function Line({ event }: { event: ApprovalEvent }) {
  const t = useTranslations("approvals");
  const locale = useLocale();
  const { kind, data } = event;
  const decision = data.decision ?? "";
  const status = kind === "approval_decided" ? decisionStatus(decision) : undefined;
  const icon = kind === "approval_decided" ? STATUS_LOOK[decisionStatus(decision)].icon : ICON[kind];
  const asked = kind === "approval_asked" ? data.approvers : data.to;
  const values = {
    who: data.by?.name ?? data.by?.id ?? "—",
    decision: decisionWord(decision, t),
    approvers: new Intl.ListFormat(locale, { type: "disjunction" }).format((asked ?? []).map(approverName)),
  };
  return (
    <li data-event={kind} data-s={status}>
      <Icon as={icon} size={14} />
      <span className="anywhere">
        {t(`ev.${kind}`, values)}
        {data.comment ? <q className="s12 t2"> {data.comment}</q> : null}
      </span>
      <AbsoluteTime at={event.at} className="s11 t3" />
    </li>
  );
}
