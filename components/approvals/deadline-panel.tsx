"use client";
import { Clock, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { Icon } from "@/components/ui/icon";
import { AbsoluteTime, RelativeTime } from "@/components/ui/relative-time";
import { useNow } from "@/components/ui/ticker";
import type { ApprovalDetail } from "@/lib/api/approval";

/** When it was asked, when it is due, what happens then, and how much of the time has gone. */
export function DeadlinePanel({ approval }: { approval: ApprovalDetail }) {
  const t = useTranslations("approvals");
  const nowMs = useNow();
  const { asked_at: askedAt, deadline_at: deadlineAt, transitions } = approval;
  const dueMs = deadlineAt === null ? null : Date.parse(deadlineAt);
  const over = dueMs !== null && nowMs !== null && dueMs < nowMs;
  const goesTo = transitions.expired;
  return (
    <section className="block side-panel" aria-labelledby="deadline">
      <div className="row">
        <h3 className="sec-h" id="deadline">
          {t(deadlineAt === null ? "noDeadline" : "deadline")}
        </h3>
        {deadlineAt !== null && approval.status === "open" ? (
          <span className="due end" data-s={over ? "failed" : "needs_approval"}>
            <Icon as={over ? TriangleAlert : Clock} size={14} />
            <RelativeTime at={deadlineAt} />
          </span>
        ) : null}
      </div>
      {dueMs !== null && nowMs !== null && approval.status === "open" ? (
        <span className="meter due-meter" data-s={over ? "failed" : "needs_approval"} aria-hidden="true">
          <span style={{ width: `${spent(Date.parse(askedAt), dueMs, nowMs)}%` }} />
        </span>
      ) : null}
      <dl className="kv">
        <dt>{t("asked")}</dt>
        <dd>
          <AbsoluteTime at={askedAt} />
        </dd>
        {deadlineAt !== null ? (
          <>
            <dt>{t(over ? "wasDue" : "isDue")}</dt>
            <dd>
              <AbsoluteTime at={deadlineAt} />
            </dd>
            {goesTo && approval.status === "open" ? (
              <>
                <dt>{t("thenWord")}</dt>
                <dd>{t.rich("expiresTo", { state: goesTo, b: (chunks) => <b className="w5">{chunks}</b> })}</dd>
              </>
            ) : null}
          </>
        ) : null}
      </dl>
    </section>
  );
}

function spent(fromMs: number, toMs: number, nowMs: number): number {
  return toMs <= fromMs ? 100 : Math.min(100, Math.max(0, ((nowMs - fromMs) / (toMs - fromMs)) * 100));
}
