"use client";
import { useQuery } from "@tanstack/react-query";
import { Code, Search, Upload, Workflow } from "lucide-react";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { type RefObject, useRef } from "react";
import { BLUEPRINTS_KEY, fetchBlueprints } from "@/components/blueprint/blueprint-data";
import { useFreshQueries } from "@/components/data/fresh-queries";
import { PageHeader } from "@/components/shell/page-header";
import { useRowKeys } from "@/components/shell/row-keys";
import { useSearchState } from "@/components/shell/search-state";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { EmptyPicture, FailedPicture, FilteredPicture, LoadingRows } from "@/components/ui/picture";
import { RelativeTime } from "@/components/ui/relative-time";
import { ColumnHead, Table } from "@/components/ui/table";
import type { BlueprintRow } from "@/lib/api/blueprint";

/** Every blueprint that can be started, with how its jobs do. */
export function CataloguePage() {
  const t = useTranslations("blueprints");
  const [parameters, setParameters] = useSearchState();
  const text = parameters.get("q") ?? "";
  const { data, error, refetch } = useQuery({
    queryKey: BLUEPRINTS_KEY,
    queryFn: fetchBlueprints,
  });
  useFreshQueries(BLUEPRINTS_KEY);
  const found = data?.filter((row) => matches(row, text));
  const change = (next: string) => setParameters(new URLSearchParams(next ? { q: next } : {}), "replace");
  return (
    <>
      <PageHeader title={t("title")} meta={data ? t("count", { count: data.length }) : null} />
      <search className="filters">
        <span className="input ghost filter-text">
          <Icon as={Search} size={14} />
          <input
            type="search"
            data-filter
            aria-label={t("find")}
            placeholder={t("find")}
            value={text}
            onChange={(event) => change(event.target.value)}
          />
          <Kbd keys="/" />
        </span>
      </search>
      {error && !data ? <FailedPicture error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows rows={6} what={t("title")} /> : null}
      {data?.length === 0 ? (
        <EmptyPicture icon={Workflow} title={t("empty")}>
          {t("emptyHint")}
        </EmptyPicture>
      ) : null}
      {data?.length && found?.length === 0 ? (
        <FilteredPicture
          title={t("nothingMatches")}
          action={<Button onClick={() => change("")}>{t("clear")}</Button>}
        />
      ) : null}
      {found?.length ? <CatalogueTable rows={found} /> : null}
    </>
  );
}

function CatalogueTable({ rows }: { rows: readonly BlueprintRow[] }) {
  const t = useTranslations("blueprints");
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body as RefObject<HTMLElement | null>, { next: t("nextRow"), previous: t("previousRow") });
  return (
    <Table label={t("title")} className="cards catalogue">
      <thead>
        <tr>
          <ColumnHead>{t("name")}</ColumnHead>
          <ColumnHead width={92}>{t("version")}</ColumnHead>
          <ColumnHead width={104}>{t("source")}</ColumnHead>
          <ColumnHead numeric width={76}>
            {t("states")}
          </ColumnHead>
          <ColumnHead numeric width={84}>
            {t("openJobs")}
          </ColumnHead>
          <ColumnHead numeric width={92}>
            {t("jobs24h")}
          </ColumnHead>
          <ColumnHead numeric width={84}>
            {t("failed24h")}
          </ColumnHead>
          <ColumnHead numeric width={104}>
            {t("published")}
          </ColumnHead>
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row) => (
          <Line key={row.name} row={row} />
        ))}
      </tbody>
    </Table>
  );
}

function Line({ row }: { row: BlueprintRow }) {
  const t = useTranslations("blueprints");
  const format = useFormatter();
  const share = row.jobs_24h > 0 ? row.failed_24h / row.jobs_24h : 0;
  return (
    <tr data-row={row.name}>
      <td className="wide">
        <Link className="row-link mono" href={`/blueprints/${encodeURIComponent(row.name)}`}>
          {row.name}
        </Link>
        {row.description ? <p className="s12 t2 clip">{row.description}</p> : null}
      </td>
      <td data-label={t("version")}>
        v{row.version}{" "}
        {row.versions > 1 ? <span className="t3">{t("ofVersions", { count: row.versions })}</span> : null}
      </td>
      <td>
        <span className="row g6 t2 source">
          <Icon as={row.origin === "code" ? Code : Upload} size={14} />
          {t(row.origin === "code" ? "inCode" : "uploaded")}
        </span>
      </td>
      <td className="num" data-label={t("states")}>
        {row.states}
      </td>
      <td className="num" data-label={t("openJobs")}>
        {format.number(row.open_jobs)}
      </td>
      <td className="num" data-label={t("jobs24h")}>
        {format.number(row.jobs_24h)}
      </td>
      <td className="num" data-label={t("failed24h")}>
        {row.failed_24h > 0 ? (
          <span className="alert-figure" data-s="failed">
            {format.number(share, { style: "percent", maximumFractionDigits: 1 })}
          </span>
        ) : (
          <span className="t3">{format.number(0, { style: "percent" })}</span>
        )}
      </td>
      <td className="num t2" data-label={t("published")}>
        <RelativeTime at={row.created_at} />
      </td>
    </tr>
  );
}

function matches(row: BlueprintRow, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return `${row.name} ${row.description ?? ""} ${row.task_types.join(" ")}`.toLowerCase().includes(wanted);
}
