"use client";
import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { StatusIcon } from "@/components/status/status";
import { Elapsed } from "@/components/ui/duration";
import { FailedPicture, LoadingRows } from "@/components/ui/picture";
import { ColumnHead, Table } from "@/components/ui/table";
import { workerQuery } from "@/components/workers/worker-data";
import type { WorkerSlots as Slots, WorkerRecord, WorkerSlot } from "@/lib/api/worker";
import type { DisplayStatus } from "@/lib/job-status";

const LOOKS: Record<WorkerSlot["status"], DisplayStatus> = {
  starting: "queued",
  idle: "not_reached",
  running: "running",
  aborting: "retrying",
  killing: "cancelled",
  zombie: "failed",
  retiring: "paused",
  dead: "cancelled",
};

/** The threads and processes that a worker of our own runs tasks in, and how often it had to end one. */
export function WorkerSlots({ row }: { row: WorkerRecord }) {
  const t = useTranslations("workers");
  const isOwn = row.kind === "own";
  const { data, error, refetch } = useQuery({ ...workerQuery(row.worker_id), enabled: isOwn });
  const runtime = data?.runtime;
  return (
    <div className="panel framed">
      <header className="panel-h">
        <h2>{t("places")}</h2>
        {runtime ? <span className="s12 t3">{runtime.slots.length}</span> : null}
      </header>
      {isOwn ? null : <p className="panel-b t2">{t("remoteSlots")}</p>}
      {isOwn && data && !runtime ? <p className="panel-b t2">{t("slotsNotYet")}</p> : null}
      {runtime ? <Known runtime={runtime} /> : null}
      {isOwn && !data && error ? <FailedPicture error={error} onRetry={() => void refetch()} /> : null}
      {isOwn && !data && !error ? <LoadingRows rows={2} what={t("places")} /> : null}
    </div>
  );
}

function Known({ runtime }: { runtime: Slots }) {
  const t = useTranslations("workers");
  return (
    <>
      {runtime.unavailable ? (
        <p className="panel-b slot-note">
          <StatusIcon status="failed" size={14} /> {t("noSlotStarts", { reason: runtime.unavailable })}
        </p>
      ) : null}
      {runtime.slots.length > 0 ? <SlotTable slots={runtime.slots} /> : <p className="panel-b t2">{t("noSlots")}</p>}
      <Counts runtime={runtime} />
    </>
  );
}

function SlotTable({ slots }: { slots: readonly WorkerSlot[] }) {
  const t = useTranslations("workers");
  return (
    <Table label={t("places")} className="cards">
      <thead>
        <tr>
          <ColumnHead>{t("slotNo")}</ColumnHead>
          <ColumnHead>{t("state")}</ColumnHead>
          <ColumnHead>{t("task")}</ColumnHead>
          <ColumnHead numeric>{t("since")}</ColumnHead>
          <ColumnHead numeric>{t("tasksDone")}</ColumnHead>
          <ColumnHead numeric>{t("heap")}</ColumnHead>
        </tr>
      </thead>
      <tbody>
        {slots.map((slot) => (
          <SlotRow key={`${slot.isolation} ${slot.no}`} slot={slot} />
        ))}
      </tbody>
    </Table>
  );
}

function SlotRow({ slot }: { slot: WorkerSlot }) {
  const t = useTranslations("workers");
  const format = useFormatter();
  return (
    <tr data-row={`${slot.isolation}-${slot.no}`}>
      <td data-label={t("slotNo")}>
        {t(`isolation_${slot.isolation}`)} {slot.no}
      </td>
      <td>
        <span className="status" data-s={LOOKS[slot.status]}>
          <StatusIcon status={LOOKS[slot.status]} size={14} />
          {t(`slot_${slot.status}`)}
        </span>
      </td>
      <td className="mono" data-label={t("task")}>
        {slot.task ?? "–"}
      </td>
      <td className="num t2" data-label={t("since")}>
        <Elapsed from={slot.since} />
      </td>
      <td className="num" data-label={t("tasksDone")}>
        {format.number(slot.tasks_done)}
      </td>
      <td className="num t2" data-label={t("heap")}>
        {slot.heap_mib === null ? "–" : t("mebibytes", { count: slot.heap_mib })}
      </td>
    </tr>
  );
}

/** Nothing is said of what never happened, but for the kills: that there are none is worth knowing. */
function Counts({ runtime: { kills, recycles, zombies } }: { runtime: Slots }) {
  const t = useTranslations("workers");
  const told = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([reason, count]) => t("countFor", { count, reason }))
      .join(", ");
  return (
    <dl className="kv panel-b">
      <dt>{t("kills")}</dt>
      <dd>{told(kills) || t("never")}</dd>
      <dt>{t("recycles")}</dt>
      <dd>{told(recycles) || t("never")}</dd>
      {zombies > 0 ? (
        <>
          <dt>{t("zombies")}</dt>
          <dd>{t("zombiesNow", { count: zombies })}</dd>
        </>
      ) : null}
    </dl>
  );
}
