"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { api } from "@/components/data/api";
import { shortId } from "@/components/job/job-facts";
import { jobKey } from "@/components/job/use-job";
import { Status } from "@/components/status/status";
import type { JobDetail, JobRow } from "@/lib/api/job";
import type { JobView } from "@/lib/job-view";

const SHOWN = 20;

/** The jobs that belong to this one: children with how they stand, and its forks. */
export function JobRelations({ detail, view }: { detail: JobDetail; view: JobView }) {
  const t = useTranslations("job.whole");
  return (
    <>
      {detail.children > 0 ? <Children id={detail.job_id} /> : null}
      {view.forks.length > 0 ? (
        <section className="sec">
          <header>
            <h3 className="sec-h">{t("forks")}</h3>
            <span className="s12 t3 end">{view.forks.length}</span>
          </header>
          <ul className="boxed fail-list">
            {view.forks.slice(-SHOWN).map((fork) => (
              <li className="event-row" key={fork.jobId}>
                <JobLink id={fork.jobId} />
                <span className="t3 clip">{fork.state}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </>
  );
}

function Children({ id }: { id: string }) {
  const t = useTranslations("job.whole");
  // Below the job's own key: read again with it. A parent hears of its children only when they end.
  const { data } = useQuery({
    queryKey: [...jobKey(id), "children"],
    queryFn: ({ signal }) => api.page<JobRow>(`/api/v1/jobs/${id}/children`, { query: { limit: SHOWN }, signal }),
  });
  return (
    <section className="sec" data-children={id}>
      <header>
        <h3 className="sec-h">{t("children")}</h3>
        <Link className="linkish s12 end" href={`/jobs?parent=${id}`}>
          {t("allChildren")}
        </Link>
      </header>
      <ul className="boxed fail-list">
        {data?.rows.map((row) => (
          <li className="event-row" key={row.job_id}>
            <JobLink id={row.job_id} />
            <span className="t2 clip">{row.blueprint_name}</span>
            <Status status={row.display_status} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function JobLink({ id }: { id: string }) {
  return (
    <Link className="linkish mono" href={`/jobs/${id}`} title={id}>
      {shortId(id)}
    </Link>
  );
}
