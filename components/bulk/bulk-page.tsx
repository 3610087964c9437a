"use client";
import { Ban } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { BulkItems } from "@/components/bulk/bulk-items";
import { BulkProgress } from "@/components/bulk/bulk-progress";
import { type ItemPage, isOver, useBulkJob, useBulkReport } from "@/components/bulk/use-bulk-report";
import { api } from "@/components/data/api";
import { ApiError } from "@/components/data/api-error";
import { isStale, useLiveStatus } from "@/components/data/live";
import { useOnce } from "@/components/data/once";
import { useMay } from "@/components/data/operator";
import { PageHeader } from "@/components/shell/page-header";
import { usePageTitle } from "@/components/shell/page-title";
import { Button, ButtonLink } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyPicture, FailedPicture, LoadingRows } from "@/components/ui/picture";
import { useNow } from "@/components/ui/ticker";
import type { BulkReport } from "@/lib/api/bulk";

/** One bulk operation: how far it is, what its canaries say, and what became of each job. */
export function BulkPage({ id }: { id: string }) {
  const t = useTranslations("bulk");
  const [page, setPage] = useState<ItemPage>({ outcome: null, cursor: null });
  const report = useBulkReport(id, page);
  const { error, refetch } = report;
  // The question comes with the job: shown later, it would push the rows from under a hand.
  const job = useBulkJob(id);
  const data = useOnce(report.data !== undefined && !job.isPending) ? report.data : undefined;
  const title = data ? t(`action.${data.action}.title`, { count: data.total }) : t("title");
  usePageTitle(data ? `${t(`phase.${data.phase}`)} · ${title}` : null);
  const missing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <>
      <PageHeader
        title={title}
        crumbs={[{ href: "/jobs", label: t("jobsCrumb") }]}
        actions={data ? <Actions id={id} report={data} /> : null}
      />
      {data ? (
        <div className="bulk-body" data-phase={data.phase}>
          <BulkProgress id={id} report={data} />
          <BulkItems report={data} page={page} onPage={setPage} />
        </div>
      ) : null}
      {!data && !error ? <LoadingRows rows={6} what={t("title")} /> : null}
      {!data && missing ? (
        <EmptyPicture title={t("missing")} action={<ButtonLink href={`/jobs/${id}`}>{t("openJob")}</ButtonLink>}>
          {t("missingHint")}
        </EmptyPicture>
      ) : null}
      {!data && error && !missing ? <FailedPicture error={error} onRetry={() => void refetch()} /> : null}
    </>
  );
}

function Actions({ id, report }: { id: string; report: BulkReport }) {
  const t = useTranslations("bulk");
  const common = useTranslations("common");
  const [asked, setAsked] = useState(false);
  const may = useMay("jobs:cancel") && !isOver(report);
  const job = useBulkJob(id);
  const live = useLiveStatus();
  const now = useNow();
  const stale = now !== null && isStale(live, now);
  async function stop(reason: string | undefined) {
    await api.post(`/api/v1/jobs/${id}/cancel`, reason === undefined ? {} : { reason });
    await job.refetch();
  }
  return (
    <>
      <ButtonLink href={`/jobs/${id}`}>{t("openJob")}</ButtonLink>
      {may ? (
        <Button
          variant="danger"
          icon={Ban}
          disabled={stale}
          title={stale ? common("staleAction") : undefined}
          onClick={() => setAsked(true)}
        >
          {t("stop.button")}
        </Button>
      ) : null}
      <ConfirmDialog
        open={asked}
        onClose={() => setAsked(false)}
        title={t("stop.title")}
        consequence={t("stop.consequence", { left: report.total - report.done })}
        confirmLabel={t("stop.confirm")}
        keepLabel={t("stop.keep")}
        danger
        askReason
        stale={stale}
        onConfirm={stop}
      />
    </>
  );
}
