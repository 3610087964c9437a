"use client";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { decisionStatus, decisionWord } from "@/components/approvals/decision-words";
import { STATUS_LOOK } from "@/components/status/status-table";
import { ButtonLink } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { AbsoluteTime } from "@/components/ui/relative-time";
import type { ApprovalDetail, DecideAnswer } from "@/lib/api/approval";

/** How it ended, or that one's own voice counts and others are awaited. */
export function Outcome({ approval, answer }: { approval: ApprovalDetail; answer: DecideAnswer | null }) {
  const t = useTranslations("approvals");
  const recorded = answer?.status === "recorded" && approval.status === "open";
  const word = answer?.decision ?? approval.outcome ?? approval.status;
  const status = recorded ? "waiting" : approval.status === "withdrawn" ? "cancelled" : decisionStatus(word);
  return (
    <div className="note outcome" data-s={status} role="status">
      <Icon as={STATUS_LOOK[status].icon} />
      <div className="grow">
        <p>
          <b className="w6">{recorded ? t("recorded") : title(approval, answer, t)}</b>
        </p>
        <p className="t2">
          {recorded ? (
            t("recordedHint", { quorum: approval.quorum })
          ) : answer ? (
            t.rich("goesOn", { state: answer.state, b: (chunks) => <b className="w5">{chunks}</b> })
          ) : (
            <By approval={approval} />
          )}
        </p>
      </div>
      <span className="row g6">
        <Link className="linkish" href="/approvals">
          {t("backToInbox")}
        </Link>
        <ButtonLink href={`/jobs/${approval.job_id}`}>{t("openJob")}</ButtonLink>
      </span>
    </div>
  );
}

function By({ approval }: { approval: ApprovalDetail }) {
  const t = useTranslations("approvals");
  const names = approval.votes
    .filter((vote) => vote.decision === approval.outcome)
    .map((vote) => vote.by.name ?? vote.by.id);
  return (
    <>
      {names.length > 0 ? `${t("by", { names: names.join(", ") })} ` : null}
      {approval.decided_at ? <AbsoluteTime at={approval.decided_at} /> : null}
    </>
  );
}

function title(
  approval: ApprovalDetail,
  answer: DecideAnswer | null,
  t: ReturnType<typeof useTranslations<"approvals">>,
): string {
  if (answer) return t("youDecided", { decision: decisionWord(answer.decision, t) });
  if (approval.status === "withdrawn") return t("withdrawnTitle");
  if (approval.status === "expired") return t("expiredTitle");
  return t("wasDecided", { decision: decisionWord(approval.outcome ?? "", t) });
}
