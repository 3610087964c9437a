"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { FileText } from "lucide-react";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { type RefObject, useRef } from "react";
import { api } from "@/components/data/api";
import { Hit } from "@/components/reports/passages";
import { PageHeader } from "@/components/shell/page-header";
import { useRowKeys } from "@/components/shell/row-keys";
import { useSearchState } from "@/components/shell/search-state";
import { Button } from "@/components/ui/button";
import { EmptyPicture, FailedPicture, FilteredPicture, LoadingRows } from "@/components/ui/picture";
import { RelativeTime } from "@/components/ui/relative-time";
import { SearchBox } from "@/components/ui/search-box";
import type { ReportRow } from "@/lib/api/report";

const PAGE_ROWS = 50;

/** Published reports, newest first, or those that hold the words, best first. */
export function ReportsPage() {
  const t = useTranslations("reports");
  const [parameters, setParameters] = useSearchState();
  const text = parameters.get("q") ?? "";
  const query = useInfiniteQuery({
    queryKey: ["reports", text],
    queryFn: ({ pageParam, signal }) =>
      api.page<ReportRow>("/api/v1/reports", {
        query: { q: text || null, limit: PAGE_ROWS, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const rows = query.data?.pages.flatMap((page) => page.rows);
  const change = (next: string) => setParameters(new URLSearchParams(next ? { q: next } : {}), "replace");
  return (
    <>
      <PageHeader title={t("title")} live={false} />
      <search className="filters">
        <SearchBox value={text} label={t("searchAll")} onChange={change} />
      </search>
      {query.error && !rows ? <FailedPicture error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <LoadingRows rows={6} what={t("title")} /> : null}
      {rows?.length === 0 && text ? (
        <FilteredPicture title={t("nothingFound")} action={<Button onClick={() => change("")}>{t("clear")}</Button>}>
          {t("nothingFoundHint", { text })}
        </FilteredPicture>
      ) : null}
      {rows?.length === 0 && !text ? (
        <EmptyPicture icon={FileText} title={t("empty")}>
          {t("emptyHint")}
        </EmptyPicture>
      ) : null}
      {rows?.length ? <List rows={rows} text={text} /> : null}
      {query.hasNextPage ? (
        <p className="more-line">
          <Button pending={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("older")}
          </Button>
        </p>
      ) : null}
    </>
  );
}

function List({ rows, text }: { rows: readonly ReportRow[]; text: string }) {
  const t = useTranslations("reports");
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list as RefObject<HTMLElement | null>, { next: t("nextRow"), previous: t("previousRow") });
  return (
    <ul className="report-list" ref={list} aria-label={t("title")}>
      {rows.map((row) => (
        <Line key={row.report_id} row={row} text={text} />
      ))}
    </ul>
  );
}

function Line({ row, text }: { row: ReportRow; text: string }) {
  const t = useTranslations("reports");
  const format = useFormatter();
  const { files, pages, words } = row.totals;
  return (
    <li data-row={row.report_id}>
      <div className="row report-line">
        <Link className="row-link" href={`/reports/${row.report_id}${text ? `?q=${encodeURIComponent(text)}` : ""}`}>
          {row.title}
        </Link>
        <span className="s12 t3 end nowrap">
          <RelativeTime at={row.published_at} />
        </span>
      </div>
      <p className="s12 t2">
        {t("sizes", { files, pages, words: format.number(words) })}
        {row.decided_by ? ` · ${t("approvedBy", { name: row.decided_by })}` : ""}
      </p>
      {row.hits.map((hit) => (
        <Hit key={hit.chunk} hit={hit} />
      ))}
    </li>
  );
}
