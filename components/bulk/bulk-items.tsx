"use client";
import { Bird, ChevronLeft, ChevronRight, CircleCheck, CircleX, type LucideIcon, SkipForward } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { type RefObject, useRef, useState } from "react";
import { type ItemPage, isOver } from "@/components/bulk/use-bulk-report";
import { ShortId } from "@/components/jobs/short-id";
import { useRowKeys } from "@/components/shell/row-keys";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { EmptyPicture, FilteredPicture } from "@/components/ui/picture";
import { Segmented } from "@/components/ui/segmented";
import { ColumnHead, Table } from "@/components/ui/table";
import type { BulkItem, BulkOutcome, BulkReport } from "@/lib/api/bulk";

const LOOK: Record<BulkOutcome, { icon: LucideIcon; status: string }> = {
  ok: { icon: CircleCheck, status: "succeeded" },
  skipped: { icon: SkipForward, status: "cancelled" },
  failed: { icon: CircleX, status: "failed" },
};
const FILTERS = ["all", "ok", "skipped", "failed"] as const;

export interface BulkItemsProps {
  report: BulkReport;
  page: ItemPage;
  onPage: (page: ItemPage) => void;
}

/** What became of each job, in the order they were done. */
export function BulkItems({ report, page, onPage }: BulkItemsProps) {
  const t = useTranslations("bulk");
  const [before, setBefore] = useState<readonly (string | null)[]>([]);
  function filter(outcome: BulkOutcome | null) {
    setBefore([]);
    onPage({ outcome, cursor: null });
  }
  return (
    <div className="bulk-items">
      <div className="filterbar">
        <h2 className="sec-h">{t("report")}</h2>
        <span className="end">
          <Segmented
            label={t("report")}
            value={page.outcome ?? "all"}
            onChange={(value) => filter(value === "all" ? null : value)}
            options={FILTERS.map((value) => ({ value, label: t(value === "all" ? "all" : `outcome.${value}`) }))}
          />
        </span>
      </div>
      <Rows report={report} outcome={page.outcome} />
      {report.next || before.length > 0 ? (
        <nav className="row g6 pager" aria-label={t("pages")}>
          <Button
            icon={ChevronLeft}
            disabled={before.length === 0}
            onClick={() => {
              setBefore(before.slice(0, -1));
              onPage({ ...page, cursor: before.at(-1) ?? null });
            }}
          >
            {t("previous")}
          </Button>
          <Button
            trailingIcon={ChevronRight}
            disabled={!report.next}
            onClick={() => {
              setBefore([...before, page.cursor]);
              onPage({ ...page, cursor: report.next });
            }}
          >
            {t("next")}
          </Button>
        </nav>
      ) : null}
    </div>
  );
}

function Rows({ report, outcome }: { report: BulkReport; outcome: BulkOutcome | null }) {
  const t = useTranslations("bulk");
  const jobs = useTranslations("jobs");
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body as RefObject<HTMLElement | null>, { next: jobs("nextRow"), previous: jobs("previousRow") });
  if (report.items.length === 0) {
    if (outcome) return <FilteredPicture title={t("noneLikeThat")} />;
    return <EmptyPicture title={t(isOver(report) ? "noItems" : "noItemsYet")} />;
  }
  return (
    <Table label={t("report")} className="cards">
      <thead>
        <tr>
          <ColumnHead width={200}>{jobs("job")}</ColumnHead>
          <ColumnHead width={150}>{t("result")}</ColumnHead>
          <ColumnHead>{t("why")}</ColumnHead>
        </tr>
      </thead>
      <tbody ref={body}>
        {report.items.map((item) => (
          <Row key={item.job_id} item={item} />
        ))}
      </tbody>
    </Table>
  );
}

function Row({ item }: { item: BulkItem }) {
  const t = useTranslations("bulk");
  const { icon, status } = LOOK[item.outcome];
  return (
    <tr data-row={item.job_id} data-outcome={item.outcome}>
      <td>
        <Link className="row-link" href={`/jobs/${item.job_id}`}>
          <ShortId id={item.job_id} />
        </Link>{" "}
        {item.canary ? (
          <span title={t("wasCanary")}>
            <Icon as={Bird} size={12} />
            <span className="vh">{t("wasCanary")}</span>
          </span>
        ) : null}
      </td>
      <td>
        <span className="status" data-s={status}>
          <Icon as={icon} size={14} />
          {t(`outcome.${item.outcome}`)}
        </span>
      </td>
      <td className="wrap t2">{item.reason ?? ""}</td>
    </tr>
  );
}
