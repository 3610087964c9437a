"use client";
import { useQuery } from "@tanstack/react-query";
import { Server } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useFreshQueries } from "@/components/data/fresh-queries";
import { PageHeader } from "@/components/shell/page-header";
import { ButtonLink } from "@/components/ui/button";
import { Elapsed } from "@/components/ui/duration";
import { EmptyPicture, FailedPicture, LoadingRows } from "@/components/ui/picture";
import { RelativeTime } from "@/components/ui/relative-time";
import { WORKERS_KEY, workersQuery } from "@/components/workers/worker-data";
import { WorkerMachine } from "@/components/workers/worker-machine";
import { GetsNothing, Price, Reputation, Slots, WorkerStanding } from "@/components/workers/worker-marks";
import { WorkerSkills } from "@/components/workers/worker-skills";
import { WorkerSlots } from "@/components/workers/worker-slots";
import { WorkerTasks } from "@/components/workers/worker-tasks";
import type { WorkerRecord } from "@/lib/api/worker";

/** One worker: how it stands and why, what it holds, what it can do, and what its machine has. */
export function WorkerPage({ id }: { id: string }) {
  const t = useTranslations("workers");
  useFreshQueries(WORKERS_KEY);
  const { data, error, refetch } = useQuery(workersQuery);
  const row = data?.find(({ worker_id }) => worker_id === id);
  return (
    <>
      <PageHeader
        title={<span className="mono anywhere">{id}</span>}
        crumbs={[{ href: "/workers", label: t("title") }]}
        meta={row ? <Meta row={row} /> : null}
      />
      {row ? (
        <>
          <GetsNothing row={row} />
          <Figures row={row} />
          <div className="page-body worker">
            <WorkerTasks row={row} />
            <WorkerSlots row={row} />
            <WorkerSkills row={row} />
            <WorkerMachine row={row} />
          </div>
        </>
      ) : data ? (
        <EmptyPicture icon={Server} title={t("missing")} action={<ButtonLink href="/workers">{t("all")}</ButtonLink>}>
          {t("missingHint")}
        </EmptyPicture>
      ) : error ? (
        <FailedPicture error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRows rows={6} what={id} />
      )}
    </>
  );
}

function Meta({ row }: { row: WorkerRecord }) {
  const t = useTranslations("workers");
  return (
    <span className="row g6">
      <WorkerStanding row={row} />
      <span>
        {[t(`kind_${row.kind}`), row.version, row.worker_type === "generic" ? null : row.worker_type]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </span>
  );
}

function Figures({ row }: { row: WorkerRecord }) {
  const t = useTranslations("workers");
  return (
    <dl className="figures">
      <Figure name={t("slotsBusy")}>
        <span className="row g6">
          <b className="figure">{row.busy}</b>
          <span>{row.slots > 0 ? t("ofSlots", { slots: row.slots }) : t("anySlots")}</span>
        </span>
        <Slots row={row} />
        {row.waiting > 0 ? <span className="s12 t2">{t("chosenFor", { count: row.waiting })}</span> : null}
      </Figure>
      <Figure name={t("reputation")}>
        <span className="figure">
          <Reputation row={row} />
        </span>
        {row.kind === "own" ? <span className="s12 t2">{t("notJudged")}</span> : null}
      </Figure>
      <Figure name={t("price")}>
        <b className="figure">
          <Price row={row} />
        </b>
      </Figure>
      <Figure name={t("up")}>
        <b className="figure">{row.started_at && row.status !== "lost" ? <Elapsed from={row.started_at} /> : "–"}</b>
      </Figure>
      <Figure name={t("heard")}>
        <b className="figure">
          <RelativeTime at={row.renewed_at} />
        </b>
        {row.heartbeat_status ? <span className="s12 t2">{t("saidBeat", { beat: row.heartbeat_status })}</span> : null}
      </Figure>
    </dl>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="worker-figure">{children}</dd>
    </div>
  );
}
