"use client";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { errorText } from "@/components/data/api-error";
import { ShortId } from "@/components/jobs/short-id";
import type { ExampleJob } from "@/components/quarantine/cluster-data";
import { CopyButton } from "@/components/ui/copy-button";
import { JsonView } from "@/components/ui/json-view";
import { AbsoluteTime } from "@/components/ui/relative-time";
import type { QuarantineCluster } from "@/lib/api/quarantine";

export interface ClusterFactsProps {
  cluster: QuarantineCluster;
  example: ExampleJob | undefined;
  error: unknown;
}

/** What all jobs of the cluster have in common, and the newest of them as an example. */
export function ClusterFacts({ cluster, example, error }: ClusterFactsProps) {
  const t = useTranslations("quarantine");
  const common = useTranslations("common");
  const { blueprint, state, code, example: message } = cluster;
  const id = cluster.sample_job_ids[0];
  return (
    <aside className="cluster-side" aria-label={t("same", { count: cluster.count })}>
      <h2 className="sec-h">{t("same", { count: cluster.count })}</h2>
      <dl className="kv">
        <dt>{t("blueprint")}</dt>
        <dd>
          <Link className="linkish" href={`/blueprints/${encodeURIComponent(blueprint)}`}>
            {blueprint}
          </Link>
        </dd>
        <dt>{t("state")}</dt>
        <dd>{state}</dd>
        <dt>{t("code")}</dt>
        <dd className="mono">{code}</dd>
        <dt>{t("first")}</dt>
        <dd>
          <AbsoluteTime at={cluster.first_at} />
        </dd>
      </dl>
      <section className="codebox" aria-label={t("message")}>
        <div className="codebox-h">
          {t("message")}
          <CopyButton value={message} what={t("message")} className="end" />
        </div>
        <p className="cluster-message mono" data-s="failed">
          {message}
        </p>
      </section>
      {id ? (
        <p className="s12 t2">
          {t("newest")}{" "}
          <Link className="linkish" href={`/jobs/${id}`}>
            <ShortId id={id} />
          </Link>
        </p>
      ) : null}
      {example ? <JsonView label={t("exampleData")} value={example.input} maxHeight={280} /> : null}
      {error && !example ? <p className="hint">{errorText(error, common)}</p> : null}
    </aside>
  );
}
