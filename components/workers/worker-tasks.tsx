"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { shortId } from "@/components/job/job-facts";
import { StatusIcon } from "@/components/status/status";
import { Elapsed } from "@/components/ui/duration";
import { FailedPicture, LoadingRows } from "@/components/ui/picture";
import { ColumnHead, Table } from "@/components/ui/table";
import { workerTasksQuery } from "@/components/workers/worker-data";
import type { WorkerRecord, WorkerTask } from "@/lib/api/worker";

/** What a worker has in hand, and what waits for it. */
export function WorkerTasks({ row }: { row: WorkerRecord }) {
  const t = useTranslations("workers");
  const { data, error, refetch } = useQuery(workerTasksQuery(row.worker_id));
  return (
    <div className="panel framed">
      <header className="panel-h">
        <h2>{t("tasks")}</h2>
        {data ? <span className="s12 t3">{data.length}</span> : null}
      </header>
      {data?.length === 0 ? <p className="panel-b t2">{t("noTasks")}</p> : null}
      {data?.length ? (
        <Table label={t("tasks")} className="cards">
          <thead>
            <tr>
              <ColumnHead>{t("job")}</ColumnHead>
              <ColumnHead>{t("task")}</ColumnHead>
              <ColumnHead>{t("state")}</ColumnHead>
              <ColumnHead numeric>{t("attempt")}</ColumnHead>
              <ColumnHead numeric>{t("since")}</ColumnHead>
            </tr>
          </thead>
          <tbody>
            {data.map((task) => (
              <Line key={task.task_id} task={task} />
            ))}
          </tbody>
        </Table>
      ) : null}
      {!data && error ? <FailedPicture error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows rows={2} what={t("tasks")} /> : null}
    </div>
  );
}

function Line({ task }: { task: WorkerTask }) {
  const t = useTranslations("workers");
  const format = useFormatter();
  const status = task.status === "running" ? "running" : "queued";
  return (
    <tr data-row={task.task_id}>
      <td>
        <Link className="row-link" href={`/jobs/${task.job_id}`} title={task.job_id}>
          <span className="anywhere">{task.blueprint_name}</span>{" "}
          <span className="mono t3">{shortId(task.job_id)}</span>
        </Link>
      </td>
      <td className="mono">{task.task_type}</td>
      <td>
        <span className="status" data-s={status}>
          <StatusIcon status={status} size={14} />
          {t(`task_${task.status}`)}
          {task.progress === null ? null : (
            <span className="t3">{format.number(task.progress, { style: "percent" })}</span>
          )}
        </span>
      </td>
      <td className="num" data-label={t("attempt")}>
        {task.attempt}
      </td>
      <td className="num t2" data-label={t("since")}>
        <Elapsed from={task.created_at} />
      </td>
    </tr>
  );
}
