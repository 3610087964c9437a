"use client";
import { useTranslations } from "next-intl";
import { type Placement, rungsOf } from "@/components/job/inspector/placement-rungs";
import { ButtonLink } from "@/components/ui/button";
import type { Messages } from "@/lib/i18n/messages";

/** From all workers down to those that suit the task: how many fell out at each thing that it asks, and at what of it. */
export function PlacementFunnel({ placement, taskType }: { placement: Placement; taskType: string }) {
  const t = useTranslations("why.funnel");
  const { workers, suitable } = placement;
  if (workers === 0) return null;
  const skill = encodeURIComponent(taskType);
  const rungs = rungsOf(placement);
  const nobodyHasIt = rungs[0]?.reason === "skill_not_found" && rungs[0].left === 0;
  return (
    <div className="sec" data-funnel={suitable}>
      <ol className="funnel boxed" aria-label={t("title")}>
        <li>
          <span>{t("all")}</span>
          <Bar share={1} />
          <span className="num w5">{workers}</span>
        </li>
        {rungs.map(({ reason, count, details, left }) => (
          <li key={reason} data-reason={reason}>
            <span>
              <Reason reason={reason} />
              {details.length > 0 ? <small className="anywhere"> {details.join(", ")}</small> : null}
              <span className="vh"> {t("left", { count: left })}</span>
            </span>
            <Bar share={left / workers} />
            <span className="num">−{count}</span>
          </li>
        ))}
        <li data-s={suitable > 0 ? "waiting" : "failed"} className="funnel-end">
          <span className="w5">{t(suitable > 0 ? "suitable" : "none")}</span>
          <Bar share={suitable / workers} />
          <span className="num w5">{suitable}</span>
        </li>
      </ol>
      <p>
        <ButtonLink size="sm" href={nobodyHasIt ? "/workers?connect=1" : `/workers?skill=${skill}`}>
          {t(nobodyHasIt ? "connect" : "show")}
        </ButtonLink>
      </p>
    </div>
  );
}

/** In the reader's language; the server's code where this page has no word for it. */
function Reason({ reason }: { reason: string }) {
  const t = useTranslations("why.funnel");
  const key = `reason.${reason}` as `reason.${keyof Messages["why"]["funnel"]["reason"]}`;
  return t.has(key) ? t(key) : <code>{reason}</code>;
}

function Bar({ share }: { share: number }) {
  return (
    <span className="meter" aria-hidden="true">
      <span style={{ width: `${Math.round(share * 100)}%` }} />
    </span>
  );
}
