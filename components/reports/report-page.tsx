"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { List } from "lucide-react";
import { useTranslations } from "next-intl";
import { api } from "@/components/data/api";
import { ApiError } from "@/components/data/api-error";
import { ReportFigures } from "@/components/reports/report-figures";
import { ReportFiles } from "@/components/reports/report-files";
import { ReportSearch } from "@/components/reports/report-search";
import { summaryOf } from "@/components/reports/summary";
import { PageHeader } from "@/components/shell/page-header";
import { usePageTitle } from "@/components/shell/page-title";
import { useSearchState } from "@/components/shell/search-state";
import { ButtonLink } from "@/components/ui/button";
import { EmptyPicture, FailedPicture, LoadingRows } from "@/components/ui/picture";
import { AbsoluteTime } from "@/components/ui/relative-time";
import type { ReportDetail } from "@/lib/api/report";

const MOST_HITS = 100;

/** One report: its figures, who approved it, and a search in its text. */
export function ReportPage({ id }: { id: string }) {
  const t = useTranslations("reports");
  const [parameters, setParameters] = useSearchState();
  const text = parameters.get("q") ?? "";
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ["report", id, text],
    queryFn: ({ signal }) =>
      api.get<ReportDetail>(`/api/v1/reports/${encodeURIComponent(id)}`, {
        query: { q: text || null, limit: MOST_HITS },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
  usePageTitle(data ? `${data.title} · ${t("title")}` : null);
  const missing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <>
      <PageHeader
        title={<span className="anywhere">{data?.title ?? t("one")}</span>}
        crumbs={[{ href: "/reports", label: t("title") }]}
        live={false}
        actions={
          data ? (
            <ButtonLink href={`/jobs/${data.job_id}`} icon={List}>
              {t("openJob")}
            </ButtonLink>
          ) : null
        }
      />
      {data ? (
        <div className="page-body report">
          <Approval report={data} />
          <ReportSearch
            report={data}
            text={text}
            busy={isFetching}
            onChange={(next) => setParameters(new URLSearchParams(next ? { q: next } : {}), "replace")}
          />
          <ReportFigures totals={data.totals} summary={summaryOf(data.summary)} />
          <ReportFiles files={summaryOf(data.summary).files} />
        </div>
      ) : missing ? (
        <EmptyPicture title={t("missing")}>{t("missingHint")}</EmptyPicture>
      ) : error ? (
        <FailedPicture error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRows rows={8} what={t("one")} />
      )}
    </>
  );
}

function Approval({ report }: { report: ReportDetail }) {
  const t = useTranslations("reports");
  return (
    <div className="report-approval">
      <p className="t2">
        {report.decided_by
          ? t.rich("approvedByRich", { name: report.decided_by, b: (chunks) => <b className="w5">{chunks}</b> })
          : t("approved")}{" "}
        <AbsoluteTime at={report.published_at} />
      </p>
      {report.comment ? <blockquote className="anywhere">{report.comment}</blockquote> : null}
    </div>
  );
}
