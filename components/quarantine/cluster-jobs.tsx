"use client";
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { ShortId } from "@/components/jobs/short-id";
import { clusterJobsQuery } from "@/components/quarantine/cluster-data";
import { Button } from "@/components/ui/button";
import { EmptyPicture, FailedPicture, LoadingRows } from "@/components/ui/picture";
import { RelativeTime } from "@/components/ui/relative-time";
import { ColumnHead, Table } from "@/components/ui/table";
import type { JobRow } from "@/lib/api/job";
import type { QuarantineCluster } from "@/lib/api/quarantine";

/** The jobs of a cluster, a page at a time, each with its own error. */
export function ClusterJobs({ cluster }: { cluster: QuarantineCluster }) {
  const t = useTranslations("quarantine");
  const jobs = useTranslations("jobs");
  const [pages, setPages] = useState<readonly (string | null)[]>([null]);
  const { data, error, refetch } = useQuery(clusterJobsQuery(cluster.fingerprint, pages.at(-1) ?? null));
  if (!data) {
    if (error) return <FailedPicture error={error} onRetry={() => void refetch()} />;
    return <LoadingRows rows={4} what={t("jobsOf", { count: cluster.count })} />;
  }
  if (data.rows.length === 0) return <EmptyPicture title={t("gone")} />;
  return (
    <>
      <Table label={t("jobsOf", { count: cluster.count })} className="cards" compact>
        <thead>
          <tr>
            <ColumnHead width={150}>{jobs("job")}</ColumnHead>
            <ColumnHead>{t("error")}</ColumnHead>
            <ColumnHead width={120}>{t("client")}</ColumnHead>
            <ColumnHead numeric width={110}>
              {t("since")}
            </ColumnHead>
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row) => (
            <Line key={row.job_id} row={row} />
          ))}
        </tbody>
      </Table>
      {data.nextCursor || pages.length > 1 ? (
        <nav className="row g6 pager" aria-label={jobs("pages")}>
          <Button icon={ChevronLeft} disabled={pages.length < 2} onClick={() => setPages(pages.slice(0, -1))}>
            {jobs("newer")}
          </Button>
          <Button
            trailingIcon={ChevronRight}
            disabled={!data.nextCursor}
            onClick={() => setPages([...pages, data.nextCursor])}
          >
            {jobs("older")}
          </Button>
        </nav>
      ) : null}
    </>
  );
}

function Line({ row }: { row: JobRow }) {
  const t = useTranslations("quarantine");
  return (
    <tr data-row={row.job_id}>
      <td>
        <Link className="row-link" href={`/jobs/${row.job_id}`}>
          <ShortId id={row.job_id} />
        </Link>
      </td>
      <td className="t2 cluster-error" title={row.error?.message}>
        {row.error?.message ?? ""}
      </td>
      <td className="t2">{row.client_name}</td>
      <td className="num t2" data-label={t("since")}>
        <RelativeTime at={row.updated_at} />
      </td>
    </tr>
  );
}
