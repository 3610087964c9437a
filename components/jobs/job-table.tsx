"use client";
import { CornerDownRight } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { type RefObject, useRef } from "react";
import { JobMenu } from "@/components/jobs/job-menu";
import { ShortId, shortId } from "@/components/jobs/short-id";
import type { RowSelection } from "@/components/jobs/use-row-selection";
import { WhereAndWhy } from "@/components/jobs/where-and-why";
import { useRowKeys } from "@/components/shell/row-keys";
import { useShortcut } from "@/components/shell/shortcuts";
import { Status } from "@/components/status/status";
import { Checkbox } from "@/components/ui/checkbox";
import { Elapsed } from "@/components/ui/duration";
import { Icon } from "@/components/ui/icon";
import { RelativeTime } from "@/components/ui/relative-time";
import { ColumnHead, Table } from "@/components/ui/table";
import type { JobRow } from "@/lib/api/job";
import { jobName } from "@/lib/view/job-name";

const SHOWN_LABELS = 2;

/** One line per job. The id is the link; `j` and `k` move, Enter opens. */
export function JobTable({ rows, selection }: { rows: readonly JobRow[]; selection: RowSelection | null }) {
  const t = useTranslations("jobs");
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body as RefObject<HTMLElement | null>, { next: t("nextRow"), previous: t("previousRow") });
  useShortcut(
    { keys: "x", label: t("selectRow"), group: "page", run: () => toggleFocused(body.current, selection) },
    selection !== null,
  );
  return (
    <Table label={t("title")} className="cards jobs">
      <thead>
        <tr>
          {selection ? (
            <th scope="col" className="pick">
              <Checkbox
                aria-label={t("selectPage")}
                checked={rows.every((row) => selection.has(row.job_id))}
                mixed={!rows.every((row) => selection.has(row.job_id)) && rows.some((row) => selection.has(row.job_id))}
                onChange={selection.togglePage}
              />
            </th>
          ) : null}
          <ColumnHead width={150}>{t("status")}</ColumnHead>
          <ColumnHead width={134}>{t("job")}</ColumnHead>
          <ColumnHead width={184}>{t("blueprint")}</ColumnHead>
          <ColumnHead>{t("where")}</ColumnHead>
          <ColumnHead width={118}>{t("labels")}</ColumnHead>
          <ColumnHead numeric width={98}>
            {t("started")}
          </ColumnHead>
          <ColumnHead numeric width={98}>
            {t("changed")}
          </ColumnHead>
          <ColumnHead numeric width={108}>
            {t("duration")}
          </ColumnHead>
          <ColumnHead hidden width={40}>
            {t("actions")}
          </ColumnHead>
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row) => (
          <JobLine key={row.job_id} row={row} selection={selection} />
        ))}
      </tbody>
    </Table>
  );
}

/** Leads to the parent of a child job. */
function ChildMark({ parent }: { parent: string }) {
  const t = useTranslations("jobs");
  const label = t("child", { job: shortId(parent) });
  return (
    <Link className="child-mark" href={`/jobs/${parent}`} title={label} aria-label={label}>
      <Icon as={CornerDownRight} size={12} />
    </Link>
  );
}

function toggleFocused(body: HTMLElement | null, selection: RowSelection | null): void {
  const row = document.activeElement?.closest<HTMLElement>("[data-row]");
  const id = row && body?.contains(row) ? row.dataset.row : undefined;
  if (id) selection?.toggle(id);
}

/** The row's checkbox; with Shift, all rows from the last one chosen. */
function Pick({ row, selection }: { row: JobRow; selection: RowSelection }) {
  const t = useTranslations("jobs");
  return (
    <td className="pick">
      <Checkbox
        aria-label={t("select", { job: shortId(row.job_id) })}
        checked={selection.has(row.job_id)}
        onChange={(event) => selection.toggle(row.job_id, (event.nativeEvent as MouseEvent).shiftKey)}
      />
    </td>
  );
}

function JobLine({ row, selection }: { row: JobRow; selection: RowSelection | null }) {
  const t = useTranslations("jobs");
  const labels = Object.entries(row.labels);
  return (
    <tr
      data-row={row.job_id}
      data-status={row.display_status}
      className={selection?.has(row.job_id) ? "is-selected" : undefined}
    >
      {selection ? <Pick row={row} selection={selection} /> : null}
      <td>
        <Status status={row.display_status} />
      </td>
      <td>
        <Link className="row-link" href={`/jobs/${row.job_id}`}>
          <ShortId id={row.job_id} />
        </Link>
      </td>
      <td>
        <span className="clip w5" title={row.blueprint_name}>
          {jobName(row)}
        </span>{" "}
        <span className="t3">v{row.blueprint_version}</span>{" "}
        {row.parent_id ? <ChildMark parent={row.parent_id} /> : null}
      </td>
      <td className="why-cell">
        <WhereAndWhy row={row} />
      </td>
      <td>
        {labels.slice(0, SHOWN_LABELS).map(([key, value]) => (
          <span key={key} className="chip soft" title={`${key}=${value}`}>
            <span className="clip">{value}</span>
          </span>
        ))}
        {labels.length > SHOWN_LABELS ? (
          <span className="s12 t3" title={labels.map(([key, value]) => `${key}=${value}`).join("\n")}>
            +{labels.length - SHOWN_LABELS}
          </span>
        ) : null}
      </td>
      <td className="num t2" data-label={t("started")}>
        <RelativeTime at={row.created_at} />
      </td>
      <td className="num t2" data-label={t("changed")}>
        <RelativeTime at={row.updated_at} />
      </td>
      <td className="num" data-label={t("duration")}>
        <Elapsed from={row.created_at} to={row.finished_at} />
      </td>
      <td className="row-actions">
        <JobMenu row={row} />
      </td>
    </tr>
  );
}
