"use client";
import { useTranslations } from "next-intl";
import { Hit } from "@/components/reports/passages";
import { Button } from "@/components/ui/button";
import { FilteredPicture } from "@/components/ui/picture";
import { SearchBox } from "@/components/ui/search-box";
import type { ReportDetail } from "@/lib/api/report";

export interface ReportSearchProps {
  report: ReportDetail;
  text: string;
  busy: boolean;
  onChange: (text: string) => void;
}

/** Looks for words in the report's text and shows where they stand, best place first. */
export function ReportSearch({ report, text, busy, onChange }: ReportSearchProps) {
  const t = useTranslations("reports");
  return (
    <search className="report-search" aria-label={t("searchIn")} aria-busy={busy || undefined}>
      <div className="row">
        <SearchBox value={text} label={t("searchIn")} onChange={onChange} />
        <span className="s12 t3" role="status">
          {text && !busy ? t("found", { count: report.hits.length }) : ""}
        </span>
      </div>
      {text && !busy && report.hits.length === 0 ? (
        <FilteredPicture title={t("nothingFound")} action={<Button onClick={() => onChange("")}>{t("clear")}</Button>}>
          {t("nothingFoundHint", { text })}
        </FilteredPicture>
      ) : null}
      {text && report.hits.length > 0 ? (
        <ol className="hits">
          {report.hits.map((hit) => (
            <li key={hit.chunk}>
              <Hit hit={hit} />
            </li>
          ))}
        </ol>
      ) : null}
    </search>
  );
}
