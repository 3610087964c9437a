"use client";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { actorName } from "@/components/job/actor-name";
import { ErrorNote } from "@/components/job/inspector/error-note";
import type { InspectorProps } from "@/components/job/inspector/inspector-props";
import { hasEnded } from "@/components/job/job-facts";
import { JsonView } from "@/components/ui/json-view";
import { AbsoluteTime } from "@/components/ui/relative-time";

/** The whole job: its input and result, and what belongs to no step. */
export function JobPanel({ detail, status, history }: InspectorProps) {
  const t = useTranslations("job.whole");
  const inspector = useTranslations("job.inspector");
  const job = useTranslations("job");
  const labels = Object.entries(detail.labels);
  return (
    <section className="insp" aria-label={inspector("jobLabel")} data-inspects="">
      <div className="insp-h">
        <div className="grow">
          <h2>{inspector("jobLabel")}</h2>
          <p className="s12 t3 clip mono">{detail.job_id}</p>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls must be reachable by keyboard */}
      <section className="insp-b" tabIndex={0} aria-label={inspector("jobLabel")}>
        {detail.error ? <ErrorNote error={detail.error} /> : null}
        <dl className="kv">
          <Fact name={t("blueprint")}>
            <Link className="linkish" href={`/blueprints/${detail.blueprint_name}`}>
              {detail.blueprint_name}
            </Link>{" "}
            {job("version", { version: detail.blueprint_version })}
          </Fact>
          <Fact name={t("state")}>{detail.state}</Fact>
          <Fact name={t("starter")}>{actorName(detail.starter ?? history.view.starter, job)}</Fact>
          <Fact name={t("client")}>{detail.client_name}</Fact>
          <Fact name={t("created")}>
            <AbsoluteTime at={detail.created_at} withMs />
          </Fact>
          <Fact name={t("updated")}>
            <AbsoluteTime at={detail.updated_at} withMs />
          </Fact>
          {detail.finished_at ? (
            <Fact name={t("finished")}>
              <AbsoluteTime at={detail.finished_at} withMs />
            </Fact>
          ) : null}
          {detail.progress ? (
            <Fact name={t("progress")}>
              {t("progressOf", { done: detail.progress.done, total: detail.progress.total })}
            </Fact>
          ) : null}
          {detail.webhook_url ? (
            <Fact name={t("webhook")}>
              <span className="mono wrap-any">{detail.webhook_url}</span>
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
        <JsonView value={detail.input} label={t("input")} />
        {hasEnded(status) ? (
          <JsonView value={detail.result ?? undefined} label={t("result")} />
        ) : (
          <p className="note">{t("noResult")}</p>
        )}
        {detail.metadata ? <JsonView value={detail.metadata} label={t("metadata")} /> : null}
      </section>
    </section>
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
