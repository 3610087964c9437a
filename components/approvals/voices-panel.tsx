"use client";
import { ShieldCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { decisionStatus, decisionWord } from "@/components/approvals/decision-words";
import { votesFor } from "@/components/approvals/inbox-row";
import { STATUS_LOOK } from "@/components/status/status-table";
import { Icon } from "@/components/ui/icon";
import type { ApprovalDetail, ApprovalVote } from "@/lib/api/approval";

/** Who has decided how, and who else may. */
export function VoicesPanel({ approval }: { approval: ApprovalDetail }) {
  const t = useTranslations("approvals");
  const given = votesFor(approval);
  return (
    <section className="block side-panel" aria-labelledby="voices">
      <h3 className="sec-h" id="voices">
        {t("voicesTitle", { count: given, quorum: approval.quorum })}
      </h3>
      <ul className="vote-list">
        {approval.votes.map((vote) => (
          <Vote key={`${vote.by.kind}:${vote.by.id}`} vote={vote} />
        ))}
        {approval.status === "open" ? (
          <li>
            <span className="avatar lg open" aria-hidden="true">
              ?
            </span>
            <div>
              <b className="w5">{approval.may_decide ? t("you") : t("waitingFor")}</b>
              <p className="s12 t3 anywhere">{t("putTo", { approvers: approval.approvers.join(", ") })}</p>
            </div>
          </li>
        ) : null}
      </ul>
      {approval.deny_starter ? (
        <p className="row g6 s12 t2">
          <Icon as={ShieldCheck} size={14} />
          {t("notTheStarter")}
        </p>
      ) : null}
    </section>
  );
}

function Vote({ vote }: { vote: ApprovalVote }) {
  const t = useTranslations("approvals");
  const status = decisionStatus(vote.decision);
  const name = vote.by.name ?? vote.by.id;
  return (
    <li>
      <span className="avatar lg" aria-hidden="true">
        {initials(name)}
      </span>
      <div>
        <b className="w5">{name}</b>{" "}
        <span className="status" data-s={status}>
          <Icon as={STATUS_LOOK[status].icon} size={14} />
          {decisionWord(vote.decision, t)}
        </span>
        {vote.comment ? <p className="s12 t2 anywhere">“{vote.comment}”</p> : null}
      </div>
    </li>
  );
}

function initials(name: string): string {
  return name
    .split(/[\s@.]+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");
}
