"use client";
import { ArrowDown, ChevronLeft, ChevronRight } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { useMay } from "@/components/data/operator";
import { FilterBar } from "@/components/jobs/filter-bar";
import { isFiltered, type JobListFilter, jobFilterOf, jobSearchOf, PAGE_ROWS } from "@/components/jobs/job-filter";
import { JobTable } from "@/components/jobs/job-table";
import { StartJob } from "@/components/jobs/start-job";
import { type JobList, useJobList } from "@/components/jobs/use-job-list";
import { type RowSelection, useRowSelection } from "@/components/jobs/use-row-selection";
import { PageHeader } from "@/components/shell/page-header";
import { useSearchState } from "@/components/shell/search-state";
import { useShortcut } from "@/components/shell/shortcuts";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { EmptyPicture, FailedPicture, FilteredPicture, LoadingRows } from "@/components/ui/picture";
import { AbsoluteTime } from "@/components/ui/relative-time";

const BulkBar = dynamic(() => import("@/components/jobs/bulk-bar"), { ssr: false });

/** All jobs, newest first, narrowed by what the address says. */
export function JobsPage() {
  const t = useTranslations("jobs");
  const [parameters, setParameters] = useSearchState();
  const filter = jobFilterOf(parameters);
  const list = useJobList(filter);
  const maySelect = useMay("jobs:operate");
  const shown = useMemo(() => (list.rows ?? []).map((row) => row.job_id), [list.rows]);
  const selection = useRowSelection(jobSearchOf({ ...filter, cursor: null }).toString(), shown);
  const [above, setAbove] = useState<readonly (string | null)[]>([]);

  function change(part: Partial<JobListFilter>, how?: "push" | "replace") {
    setAbove([]);
    setParameters(jobSearchOf({ ...filter, cursor: null, ...part }), how);
  }
  function turn(to: string | null, pages: readonly (string | null)[]) {
    setAbove(pages);
    setParameters(jobSearchOf({ ...filter, cursor: to }));
  }

  return (
    <>
      <PageHeader title={t("title")} actions={<StartJob />} />
      <FilterBar filter={filter} onChange={change} onClear={() => change(jobFilterOf(new URLSearchParams()))} />
      <div className="list-area">
        <NewJobs list={list} />
        <Rows
          list={list}
          filter={filter}
          selection={maySelect ? selection : null}
          onClear={() => change(jobFilterOf(new URLSearchParams()))}
        />
      </div>
      {selection.ids.size > 0 ? <BulkBar selection={selection} filter={filter} /> : null}
      <Pager
        list={list}
        filter={filter}
        onNewer={() => turn(above.at(-1) ?? null, above.slice(0, -1))}
        onOlder={() => turn(list.nextCursor, [...above, filter.cursor])}
      />
    </>
  );
}

function NewJobs({ list }: { list: JobList }) {
  const t = useTranslations("jobs");
  const { count, more } = list.newer;
  useShortcut({ keys: ".", label: t("showNew"), group: "page", run: list.reload }, count > 0);
  return (
    <div className="new-rows-place" role="status">
      {count > 0 ? (
        <button type="button" className="new-rows" onClick={list.reload} aria-keyshortcuts=".">
          <Icon as={ArrowDown} size={14} />
          {more ? t("manyNew", { count: PAGE_ROWS }) : t("new", { count })}
          <Kbd keys="." />
        </button>
      ) : null}
    </div>
  );
}

interface RowsProps {
  list: JobList;
  filter: JobListFilter;
  /** Null for who may do nothing with many jobs. */
  selection: RowSelection | null;
  onClear: () => void;
}

function Rows({ list, filter, selection, onClear }: RowsProps) {
  const t = useTranslations("jobs");
  if (list.loading) return <LoadingRows rows={12} what={t("title")} />;
  if (!list.rows) return <FailedPicture error={list.error} onRetry={list.reload} />;
  if (list.rows.length > 0) return <JobTable rows={list.rows} selection={selection} />;
  if (isFiltered(filter) || filter.cursor)
    return (
      <FilteredPicture title={t("nothingMatches")} action={<Button onClick={onClear}>{t("clear")}</Button>}>
        {t("nothingMatchesHint")}
      </FilteredPicture>
    );
  return (
    <EmptyPicture title={t("empty")} action={<StartJob shortcut={false} />}>
      {t("emptyHint")}
    </EmptyPicture>
  );
}

interface PagerProps {
  list: JobList;
  filter: JobListFilter;
  onNewer: () => void;
  onOlder: () => void;
}

function Pager({ list, filter, onNewer, onOlder }: PagerProps) {
  const t = useTranslations("jobs");
  const rows = list.rows ?? [];
  const first = rows[0];
  const last = rows.at(-1);
  return (
    <footer className="list-foot">
      {first && last ? (
        <span className="s12 t2">
          {t("rows", { count: rows.length })} <AbsoluteTime at={first.created_at} /> –{" "}
          <AbsoluteTime at={last.created_at} />
        </span>
      ) : null}
      <span className="row g6 s12 t3 keys-hint" aria-hidden="true">
        <Kbd keys="j" />
        <Kbd keys="k" /> {t("keysMove")} <Kbd keys="x" /> {t("keysSelect")} <Kbd keys="Enter" /> {t("keysOpen")}
      </span>
      <nav className="row g6 end" aria-label={t("pages")}>
        <Button icon={ChevronLeft} disabled={!filter.cursor} onClick={onNewer}>
          {t("newer")}
        </Button>
        <Button trailingIcon={ChevronRight} disabled={!list.nextCursor} onClick={onOlder}>
          {t("older")}
        </Button>
      </nav>
    </footer>
  );
}
