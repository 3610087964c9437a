"use client";
import { useQuery } from "@tanstack/react-query";
import { Search, Server, Unplug } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { api } from "@/components/data/api";
import { fetchOverview, OVERVIEW_KEY } from "@/components/data/approval-count";
import { useFreshQueries } from "@/components/data/fresh-queries";
import { PageHeader } from "@/components/shell/page-header";
import { useSearchState } from "@/components/shell/search-state";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { EmptyPicture, FailedPicture, FilteredPicture, LoadingRows } from "@/components/ui/picture";
import { Segmented } from "@/components/ui/segmented";
import { WorkerFigures } from "@/components/workers/worker-figures";
import { WorkerTable } from "@/components/workers/worker-table";
import type { WorkerRow } from "@/lib/api/worker";

const WORKERS_KEY = ["workers"] as const;
/** Signs of life come without any job changing. */
const REFRESH_MS = 5_000;
const VIEWS = ["all", "busy", "trouble"] as const;
type View = (typeof VIEWS)[number];

/** Who does the work: every worker that is here or was until a day ago, its skills, slots and last sign of life. */
export function WorkersPage() {
  const t = useTranslations("workers");
  const [parameters, setParameters] = useSearchState();
  const text = parameters.get("q") ?? "";
  useFreshQueries(WORKERS_KEY, OVERVIEW_KEY);
  const view = VIEWS.find((each) => each === parameters.get("view")) ?? "all";
  const { data, error, refetch } = useQuery({
    queryKey: WORKERS_KEY,
    queryFn: ({ signal }) => api.get<WorkerRow[]>("/api/v1/workers", { signal }),
    refetchInterval: REFRESH_MS,
  });

  function change(part: { q?: string; view?: View }) {
    const q = part.q ?? text;
    const seen = part.view ?? view;
    setParameters(new URLSearchParams({ ...(q ? { q } : {}), ...(seen === "all" ? {} : { view: seen }) }), "replace");
  }

  const found = data?.filter((row) => matches(row, text) && fits(row, view));
  return (
    <>
      <PageHeader title={t("title")} meta={data ? <Counts rows={data} /> : null} />
      {data ? <WorkerFigures rows={data} /> : null}
      <Unheard />
      <search className="filters">
        <div className="filter-line">
          <span className="input ghost filter-text">
            <Icon as={Search} size={14} />
            <input
              type="search"
              data-filter
              aria-label={t("find")}
              placeholder={t("find")}
              value={text}
              onChange={(event) => change({ q: event.target.value })}
            />
            <Kbd keys="/" />
          </span>
          <Segmented
            label={t("view")}
            value={view}
            onChange={(next) => change({ view: next })}
            options={VIEWS.map((each) => ({
              value: each,
              label: data ? `${t(`view_${each}`)} ${data.filter((row) => fits(row, each)).length}` : t(`view_${each}`),
            }))}
          />
        </div>
      </search>
      {error && !data ? <FailedPicture error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows rows={5} what={t("title")} /> : null}
      {data?.length === 0 ? (
        <EmptyPicture icon={Server} title={t("empty")}>
          {t("emptyHint")}
        </EmptyPicture>
      ) : null}
      {data?.length && found?.length === 0 ? (
        <FilteredPicture
          title={t("nothingMatches")}
          action={<Button onClick={() => change({ q: "", view: "all" })}>{t("clear")}</Button>}
        />
      ) : null}
      {found?.length ? <WorkerTable rows={found} /> : null}
    </>
  );
}

function Counts({ rows }: { rows: readonly WorkerRow[] }) {
  const t = useTranslations("workers");
  const count = (status: WorkerRow["status"]) => rows.filter((row) => row.status === status).length;
  return t("counts", { online: count("online"), draining: count("draining"), lost: count("lost") });
}

/** Task types that jobs wait for and nobody takes: the most useful thing that this page can say. */
function Unheard() {
  const t = useTranslations("workers");
  const { data } = useQuery({ queryKey: OVERVIEW_KEY, queryFn: fetchOverview, select: (all) => all.waiting.types });
  const unheard = data?.filter((type) => type.listening === 0) ?? [];
  if (unheard.length === 0) return null;
  return (
    <ul className="banners">
      {unheard.map((type) => (
        <li key={type.task_type} className="banner" data-s="retrying">
          <Icon as={Unplug} size={14} />
          <span>
            {t.rich("nobodyListens", {
              type: type.task_type,
              count: type.waiting,
              code: (chunks) => <span className="mono">{chunks}</span>,
            })}
          </span>
          <Link className="linkish end" href="/jobs?status=queued,running">
            {t("showJobs")}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function matches(row: WorkerRow, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return `${row.worker_id} ${row.skills.join(" ")}`.toLowerCase().includes(wanted);
}

function fits(row: WorkerRow, view: View): boolean {
  if (view === "busy") return row.status !== "lost" && row.busy > 0;
  return view === "all" || row.status !== "online";
}
