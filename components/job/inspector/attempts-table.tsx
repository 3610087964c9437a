"use client";
import { useLocale, useTranslations } from "next-intl";
import { attemptStatus, attemptTimes } from "@/components/job/step-facts";
import type { TaskProgress } from "@/components/job/use-job";
import { StatusIcon } from "@/components/status/status";
import { Elapsed } from "@/components/ui/duration";
import { RelativeTime } from "@/components/ui/relative-time";
import { ColumnHead, Table } from "@/components/ui/table";
import type { AttemptView, TaskView } from "@/lib/job-view";
import { formatDuration } from "@/lib/time/duration";

/** Every attempt of one task: how it ended, where, how long it waited and ran. */
export function AttemptsTable({ task, progress }: { task: TaskView; progress: TaskProgress | undefined }) {
  const t = useTranslations("job.inspector");
  const last = task.attempts.at(-1);
  const running = task.status === "running" && last !== undefined;
  return (
    <section className="sec">
      <header>
        <h3 className="sec-h">{t("attempts", { count: task.attempts.length })}</h3>
        {last?.retryAt && task.status === "retrying" ? (
          <span className="s12 t3 end">
            {t.rich("nextAttempt", { time: () => <RelativeTime at={last.retryAt ?? ""} /> })}
          </span>
        ) : null}
      </header>
      <div className="boxed">
        <Table label={t("attempts", { count: task.attempts.length })} compact>
          <thead>
            <tr>
              <ColumnHead>{t("no")}</ColumnHead>
              <ColumnHead>{t("result")}</ColumnHead>
              <ColumnHead>{t("worker")}</ColumnHead>
              <ColumnHead numeric>{t("queued")}</ColumnHead>
              <ColumnHead numeric>{t("ran")}</ColumnHead>
            </tr>
          </thead>
          <tbody>
            {task.attempts.map((attempt) => (
              <AttemptRow key={attempt.fence} attempt={attempt} task={task} />
            ))}
          </tbody>
        </Table>
      </div>
      {running && progress?.share !== undefined && progress.share !== null ? (
        <ProgressLine share={progress.share} message={progress.message} />
      ) : null}
    </section>
  );
}

function AttemptRow({ attempt, task }: { attempt: AttemptView; task: TaskView }) {
  const t = useTranslations("job.inspector");
  const words = useTranslations("status");
  const locale = useLocale();
  const status = attemptStatus(attempt, task);
  const { queuedMs, ranMs } = attemptTimes(attempt);
  const word = attempt.outcome === "lost" ? t("lost") : (attempt.error?.code ?? words(status));
  return (
    <tr>
      <td>{attempt.attempt}</td>
      <td>
        <span className="status" data-s={status} title={attempt.error?.message}>
          <StatusIcon status={status} size={14} />
          <span className="word">{word}</span>
        </span>
      </td>
      <td className="mono">{attempt.worker ?? "–"}</td>
      <td className="num">
        {queuedMs === null ? <Elapsed from={attempt.queuedAt} /> : formatDuration(queuedMs, locale)}
      </td>
      <td className="num">
        {ranMs !== null ? (
          formatDuration(ranMs, locale)
        ) : attempt.startedAt ? (
          <Elapsed from={attempt.startedAt} />
        ) : (
          "–"
        )}
      </td>
    </tr>
  );
}

function ProgressLine({ share, message }: TaskProgress & { share: number }) {
  const t = useTranslations("job.inspector");
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <p className="row g6 s12 t2">
      <progress className="meter-bar" max={100} value={percent} aria-label={t("progress")} />
      {percent} %{message ? <span className="clip t3">{message}</span> : null}
    </p>
  );
}
