"use client";
import { useTranslations } from "next-intl";
import { actorName } from "@/components/job/actor-name";
import { Duration } from "@/components/ui/duration";
import { AbsoluteTime } from "@/components/ui/relative-time";
import { useNow } from "@/components/ui/ticker";
import type { StepView } from "@/lib/job-view";

/** What a wait state waits for, and how much of its time is left; afterwards, what ended it. */
export function WaitSection({ step, wait }: { step: StepView; wait: NonNullable<StepView["wait"]> }) {
  const t = useTranslations("job.inspector");
  const job = useTranslations("job");
  const nowMs = useNow();
  const open = step.endedAt === null && step.signal === null;
  const leftMs = wait.dueAt === null || nowMs === null ? null : Math.max(0, Date.parse(wait.dueAt) - nowMs);
  return (
    <section className="sec" data-wait={open ? "open" : "over"}>
      <header>
        <h3 className="sec-h">{t("wait")}</h3>
      </header>
      <dl className="kv">
        {wait.signal === null ? null : (
          <>
            <dt>{t("waitsFor")}</dt>
            <dd className="mono">{wait.signal}</dd>
          </>
        )}
        {wait.dueAt === null ? null : (
          <>
            <dt>{t("waitsUntil")}</dt>
            <dd>
              <AbsoluteTime at={wait.dueAt} />
            </dd>
          </>
        )}
        {open && leftMs !== null ? (
          <>
            <dt>{t("timeLeft")}</dt>
            <dd>
              <Duration ms={Math.floor(leftMs / 1000) * 1000} />
            </dd>
          </>
        ) : null}
      </dl>
      {step.signal ? (
        <p className="s12 t2">
          {t("signalCame", { who: actorName(step.signal.by, job) })}, <AbsoluteTime at={step.signal.at} withMs />
        </p>
      ) : open ? null : (
        <p className="s12 t2">{t("waitOver")}</p>
      )}
    </section>
  );
}
