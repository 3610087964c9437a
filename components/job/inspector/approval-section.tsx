"use client";
import { BellRing, UserPlus } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { actorName } from "@/components/job/actor-name";
import { approverNames } from "@/components/job/approver-names";
import { ButtonLink } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { AbsoluteTime, RelativeTime } from "@/components/ui/relative-time";
import type { ApprovalView } from "@/lib/job-view";

/** Who was asked, who has decided what, and until when. */
export function ApprovalSection({ approval, jobId, open }: { approval: ApprovalView; jobId: string; open: boolean }) {
  const t = useTranslations("job.inspector");
  const job = useTranslations("job");
  const locale = useLocale();
  const { votes, quorum, deadlineAt } = approval;
  const left = Math.max(0, quorum - votes.length);
  return (
    <section className="sec">
      <header>
        <h3 className="sec-h">{t("approvals", { votes: votes.length, quorum })}</h3>
        {approval.ended ? <span className="s12 t3 end">{t("approvalEnded", { ended: approval.ended })}</span> : null}
      </header>
      <p>{approval.message}</p>
      <ul className="boxed votes">
        {votes.map((vote) => (
          <li key={`${vote.at}-${vote.by.id}`}>
            <span className="avatar" aria-hidden="true">
              {initials(actorName(vote.by, job))}
            </span>
            <span className="grow">
              {t("decided", { who: actorName(vote.by, job), decision: vote.decision })}
              {vote.comment ? <q className="s12 t2">{vote.comment}</q> : null}
            </span>
            <AbsoluteTime at={vote.at} className="s11 t3" />
          </li>
        ))}
        <AskedLater asked={approval.asked} />
        {open && left > 0 ? (
          <li>
            <span className="avatar open" aria-hidden="true">
              {left}
            </span>
            <span className="grow">{t("askedOf", { approvers: approverNames(approval.approvers, locale) })}</span>
            {deadlineAt ? (
              <span className="s12 t3">
                {t("due")} <RelativeTime at={deadlineAt} />
              </span>
            ) : null}
          </li>
        ) : null}
      </ul>
      <p>
        <ButtonLink size="sm" variant={open ? "primary" : "default"} href={`/approvals/${jobId}.${approval.no}`}>
          {t("open")}
        </ButtonLink>
      </p>
    </section>
  );
}

/** Who was asked besides, by a person or since time went by. */
function AskedLater({ asked }: Pick<ApprovalView, "asked">) {
  const t = useTranslations("job.inspector");
  const job = useTranslations("job");
  const locale = useLocale();
  return asked.map(({ by, to, at }) => (
    <li key={at}>
      <span className="avatar" aria-hidden="true">
        <Icon as={by ? UserPlus : BellRing} size={12} />
      </span>
      <span className="grow">
        {by
          ? t("askedLater", { who: actorName(by, job), approvers: approverNames(to, locale) })
          : t("escalated", { approvers: approverNames(to, locale) })}
      </span>
      <AbsoluteTime at={at} className="s11 t3" />
    </li>
  ));
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return words
    .map((word) => word[0] ?? "")
    .join("")
    .slice(0, 2)
    .toUpperCase();
}
