"use client";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { actorName } from "@/components/job/actor-name";
import { ErrorNote } from "@/components/job/inspector/error-note";
import type { InspectorProps } from "@/components/job/inspector/inspector-props";
import { JobRelations } from "@/components/job/inspector/job-relations";
import { hasEnded, shortId } from "@/components/job/job-facts";
import { JsonView } from "@/components/ui/json-view";
import { AbsoluteTime } from "@/components/ui/relative-time";
import type { JobDetail } from "@/lib/api/job";
import type { JobView } from "@/lib/job-view";

/** The whole job: its input and result, and what belongs to no step. */
export function JobPanel({ detail, status, history }: InspectorProps) {
  const t = useTranslations("job.whole");
  const inspector = useTranslations("job.inspector");
  return (
    <section className="insp" aria-label={inspector("jobLabel")} data-inspects="">
      <div className="insp-h">
        <div className="grow">
          <h2>{inspector("jobLabel")}</h2>
          <p className="s12 t3 clip mono">{detail.job_id}</p>
        </div>
      </div>
      <div className="insp-b">
        {detail.error ? <ErrorNote error={detail.error} /> : null}
        <JobFacts detail={detail} view={history.view} />
        <JobRelations detail={detail} view={history.view} />
        <JsonView value={detail.input} label={t("input")} />
        {hasEnded(status) ? (
          <JsonView value={detail.result ?? undefined} label={t("result")} />
        ) : (
          <p className="note">{t("noResult")}</p>
        )}
        {detail.metadata ? <JsonView value={detail.metadata} label={t("metadata")} /> : null}
      </div>
    </section>
  );
}

function JobFacts({ detail, view }: { detail: JobDetail; view: JobView }) {
  const t = useTranslations("job.whole");
  const job = useTranslations("job");
  const { progress, webhook_url: webhook } = detail;
  const labels = Object.entries(detail.labels);
  return (
    <dl className="kv">
      <Fact name={t("blueprint")}>
        <Link className="linkish" href={`/blueprints/${detail.blueprint_name}`}>
          {detail.blueprint_name}
        </Link>{" "}
        {job("version", { version: detail.blueprint_version })}
      </Fact>
      <Fact name={t("state")}>{detail.state}</Fact>
      <Fact name={t("starter")}>{actorName(detail.starter ?? view.starter, job)}</Fact>
      <Fact name={t("client")}>{detail.client_name}</Fact>
      {view.parent ? <JobFact name={t("parent")} id={view.parent.jobId} /> : null}
      {view.forkedFrom ? <JobFact name={t("forkedFrom")} id={view.forkedFrom.jobId} /> : null}
      {view.priority === null ? null : <Fact name={t("priority")}>{view.priority}</Fact>}
      <Instant name={t("created")} at={detail.created_at} />
      <Instant name={t("updated")} at={detail.updated_at} />
      <Instant name={t("finished")} at={detail.finished_at} />
      {progress ? (
        <Fact name={t("progress")}>{t("progressOf", { done: progress.done, total: progress.total })}</Fact>
      ) : null}
      {webhook ? (
        <Fact name={t("webhook")}>
          <span className="mono wrap-any">{webhook}</span>
        </Fact>
      ) : null}
      {labels.length > 0 ? (
        <Fact name={t("labels")}>
          {labels.map(([key, value]) => (
            <span className="chip" key={key}>
              {key} <b>{value}</b>
            </span>
          ))}
        </Fact>
      ) : null}
    </dl>
  );
}

function JobFact({ name, id }: { name: string; id: string }) {
  return (
    <Fact name={name}>
      <Link className="linkish mono" href={`/jobs/${id}`} title={id}>
        {shortId(id)}
      </Link>
    </Fact>
  );
}

function Instant({ name, at }: { name: string; at: string | null }) {
  return at === null ? null : (
    <Fact name={name}>
      <AbsoluteTime at={at} withMs />
    </Fact>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
