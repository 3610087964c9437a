"use client";
import { Search } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useDeferredValue, useMemo, useState } from "react";
import { actorName } from "@/components/job/actor-name";
import { ClockTime } from "@/components/job/clock-time";
import { shortId } from "@/components/job/job-facts";
import { type StepRow, stepRows } from "@/components/job/step-rows";
import type { JobViewProps } from "@/components/job/view-props";
import { Status } from "@/components/status/status";
import { Button } from "@/components/ui/button";
import { Elapsed } from "@/components/ui/duration";
import { Icon } from "@/components/ui/icon";
import { FilteredPicture } from "@/components/ui/picture";
import { ColumnHead, Table } from "@/components/ui/table";

const PAGE = 100;

interface Filter {
  text: string;
  errorsOnly: boolean;
  hideSucceeded: boolean;
}

const NO_FILTER: Filter = { text: "", errorsOnly: false, hideSucceeded: false };

/** The graph as a table: every visit of every state, and the states that were not reached. */
export function StepsView({ detail, graph, history, selection, chosen }: JobViewProps) {
  const t = useTranslations("job.steps");
  const { view } = history;
  const drawing = graph.data?.graph;
  const [filter, setFilter] = useState(NO_FILTER);
  const [shown, setShown] = useState(PAGE);
  const applied = useDeferredValue(filter);
  const all = useMemo(() => stepRows(view, drawing?.nodes ?? []), [view, drawing]);
  const rows = useMemo(() => all.filter((row) => matches(row, applied)), [all, applied]);
  const rest = rows.length - shown;
  return (
    <div className="steps-view">
      <StepFilter filter={filter} onChange={setFilter} />
      {rows.length === 0 ? (
        <FilteredPicture
          title={t("none")}
          action={<Button onClick={() => setFilter(NO_FILTER)}>{t("clear")}</Button>}
        />
      ) : (
        <StepTable
          rows={rows.slice(0, shown)}
          near={detail.created_at}
          chosen={chosen.id ?? chosen.state}
          onSelect={selection.select}
        />
      )}
      {rest > 0 ? (
        <p className="view-more">
          <Button size="sm" onClick={() => setShown(shown + PAGE)}>
            {t("more", { count: Math.min(PAGE, rest), rest })}
          </Button>
        </p>
      ) : null}
    </div>
  );
}

function matches(row: StepRow, { text, errorsOnly, hideSucceeded }: Filter): boolean {
  if (hideSucceeded && row.status === "succeeded") return false;
  if (errorsOnly && row.error === null && row.status !== "failed" && row.status !== "quarantined") return false;
  return row.state.toLowerCase().includes(text.trim().toLowerCase());
}

function StepFilter({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const t = useTranslations("job.steps");
  const { text, errorsOnly, hideSucceeded } = filter;
  return (
    <div className="filterbar">
      <label className="input ghost find">
        <Icon as={Search} size={14} />
        <input
          data-filter
          type="search"
          aria-label={t("find")}
          placeholder={t("find")}
          value={text}
          onChange={(event) => onChange({ ...filter, text: event.target.value })}
        />
      </label>
      <Button size="sm" aria-pressed={errorsOnly} onClick={() => onChange({ ...filter, errorsOnly: !errorsOnly })}>
        {t("errorsOnly")}
      </Button>
      <Button
        size="sm"
        aria-pressed={hideSucceeded}
        onClick={() => onChange({ ...filter, hideSucceeded: !hideSucceeded })}
      >
        {t("hideSucceeded")}
      </Button>
    </div>
  );
}

function StepTable({
  rows,
  near,
  chosen,
  onSelect,
}: {
  rows: StepRow[];
  /** The job's start: other days are named. */
  near: string;
  chosen: string | null;
  onSelect: (step: string) => void;
}) {
  const t = useTranslations("job.steps");
  return (
    <Table label={t("label")}>
      <thead>
        <tr>
          <ColumnHead>{t("state")}</ColumnHead>
          <ColumnHead>{t("type")}</ColumnHead>
          <ColumnHead>{t("status")}</ColumnHead>
          <ColumnHead numeric>{t("attempts")}</ColumnHead>
          <ColumnHead>{t("started")}</ColumnHead>
          <ColumnHead numeric>{t("duration")}</ColumnHead>
          <ColumnHead>{t("worker")}</ColumnHead>
          <ColumnHead>{t("error")}</ColumnHead>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <StepTableRow key={row.id} row={row} near={near} selected={row.id === chosen} onSelect={onSelect} />
        ))}
      </tbody>
    </Table>
  );
}

function StepTableRow({
  row,
  near,
  selected,
  onSelect,
}: {
  row: StepRow;
  near: string;
  selected: boolean;
  onSelect: (step: string) => void;
}) {
  const t = useTranslations("job.steps");
  const types = useTranslations("graph.type");
  return (
    <tr className={selected ? "is-selected" : undefined} data-step={row.id}>
      <td>
        <button type="button" className="row-button" aria-pressed={selected} onClick={() => onSelect(row.id)}>
          {row.state}
        </button>
        {row.branches > 0 ? <span className="t3"> {t("branches", { count: row.branches })}</span> : null}
        {row.visit > 1 ? <span className="t3"> {t("visit", { visit: row.visit })}</span> : null}
      </td>
      <td className="t2">{row.type ? types(row.type) : "–"}</td>
      <td>
        <Status status={row.status} />
      </td>
      <td className="num">{row.attempts > 0 ? row.attempts : "–"}</td>
      <td className="t2">{row.startedAt ? <ClockTime at={row.startedAt} near={near} /> : "–"}</td>
      <td className="num">{row.startedAt ? <Elapsed from={row.startedAt} to={row.endedAt} /> : "–"}</td>
      <td className="mono">
        <DoneBy row={row} />
      </td>
      <td className="clip step-error" title={row.error ?? undefined}>
        {row.error ?? ""}
      </td>
    </tr>
  );
}

/** The worker, the child job, or the person that did the step. */
function DoneBy({ row }: { row: StepRow }) {
  const t = useTranslations("job.steps");
  const job = useTranslations("job");
  const { child, byHand, workers } = row;
  if (child !== null) {
    return (
      <Link className="linkish" href={`/jobs/${child}`}>
        {t("childJob", { id: shortId(child) })}
      </Link>
    );
  }
  if (byHand) return <span className="t2">{t("byHand", { who: actorName(byHand, job) })}</span>;
  return workers.length > 1 ? t("workers", { count: workers.length }) : (workers[0] ?? "–");
}
