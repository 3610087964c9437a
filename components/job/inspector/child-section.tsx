"use client";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { shortId } from "@/components/job/job-facts";
import { useJobGlance } from "@/components/job/use-job-glance";
import { Status } from "@/components/status/status";
import { ButtonLink } from "@/components/ui/button";
import { JOB_STATUS } from "@/lib/job-status";
import type { StepView } from "@/lib/job-view";

/** The child that a step runs, with how it stands now. */
export function ChildSection({ child }: { child: NonNullable<StepView["child"]> }) {
  const t = useTranslations("job.inspector");
  const { data, error } = useJobGlance(child.jobId);
  const ended = child.status === null ? null : JOB_STATUS[child.status].display;
  const status = data?.display_status ?? ended;
  const href = `/jobs/${child.jobId}`;
  return (
    <section className="sec" data-child={child.jobId}>
      <header>
        <h3 className="sec-h">{t("childJob")}</h3>
        <span className="end">
          <ButtonLink size="sm" href={href}>
            {t("openChild")}
          </ButtonLink>
        </span>
      </header>
      <div className="boxed child-box">
        <Link className="linkish mono" href={href} title={child.jobId}>
          {shortId(child.jobId)}
        </Link>
        <span className="clip t2">{child.blueprint}</span>
        {status ? <Status status={status} /> : null}
        {data ? <span className="mono t3">{data.state}</span> : null}
        {error && !data ? <span className="t3">{t("childMissing")}</span> : null}
      </div>
      {data?.error ? <p className="s12 t2">{data.error.message}</p> : null}
    </section>
  );
}
