"use client";
import Link from "next/link";
import { useFormatter, useLocale, useTranslations } from "next-intl";
import { languageName } from "@/components/reports/language-name";
import type { Summary } from "@/components/reports/summary";
import { ColumnHead, Table } from "@/components/ui/table";
import type { ReportDetail } from "@/lib/api/report";

const KINDS = ["email", "iban", "card", "national_id", "ip", "phone"] as const;
const LEVELS = ["very_easy", "easy", "fairly_easy", "standard", "fairly_hard", "hard", "very_hard"] as const;

/** What the analysis found: sizes, languages, keywords, personal data and how hard the text is to read. */
export function ReportFigures({ totals, summary }: { totals: ReportDetail["totals"]; summary: Summary }) {
  const t = useTranslations("reports");
  const format = useFormatter();
  const sizes = [
    ["files", totals.files],
    ["pages", totals.pages],
    ["words", totals.words],
    ["passages", totals.chunks],
    ["failedPassages", totals.failed_chunks],
    ["personalData", summary.personalData.total],
  ] as const;
  return (
    <>
      <dl className="facts">
        {sizes
          .filter(([name, value]) => name !== "failedPassages" || value > 0)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{t(name)}</dt>
              <dd>{format.number(value)}</dd>
            </div>
          ))}
      </dl>
      <div className="report-panels">
        <Languages summary={summary} />
        <Readability summary={summary} />
        <PersonalData summary={summary} />
        <Keywords summary={summary} />
      </div>
    </>
  );
}

function Languages({ summary }: { summary: Summary }) {
  const t = useTranslations("reports");
  const locale = useLocale();
  return (
    <Bars
      title={t("languages")}
      rows={summary.languages.map(({ language, share }) => ({ name: languageName(language, locale), share }))}
    />
  );
}

function Readability({ summary }: { summary: Summary }) {
  const t = useTranslations("reports");
  const format = useFormatter();
  const { average, levels } = summary.readability;
  const counts = new Map(levels);
  const total = levels.reduce((sum, [, count]) => sum + count, 0);
  return (
    <Bars
      title={t("readability")}
      note={
        average === null
          ? t("notMeasured")
          : t("average", { score: format.number(average, { maximumFractionDigits: 0 }) })
      }
      rows={
        total === 0
          ? []
          : LEVELS.map((level) => ({
              name: t(`level_${level}`),
              share: (counts.get(level) ?? 0) / total,
              count: counts.get(level) ?? 0,
            }))
      }
    />
  );
}

interface Bar {
  name: string;
  /** 0…1 */
  share: number;
  count?: number;
}

function Bars({ title, note, rows }: { title: string; note?: string; rows: readonly Bar[] }) {
  const t = useTranslations("reports");
  const format = useFormatter();
  return (
    <section className="panel">
      <div className="panel-h">
        <h2>{title}</h2>
        {note ? <span className="s12 t3">{note}</span> : null}
      </div>
      {rows.length === 0 ? <p className="hint panel-b">{t("none")}</p> : null}
      <ul className="bars">
        {rows.map(({ name, share, count }) => (
          <li key={name}>
            <span className="clip">{name}</span>
            <span className="meter" aria-hidden="true">
              <span style={{ width: `${share * 100}%` }} />
            </span>
            <span className="num">
              {count === undefined ? format.number(share, { style: "percent" }) : format.number(count)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function PersonalData({ summary }: { summary: Summary }) {
  const t = useTranslations("reports");
  const { byKind, places, total } = summary.personalData;
  const kindName = (kind: string) => {
    const known = KINDS.find((each) => each === kind);
    return known ? t(`kind_${known}`) : kind;
  };
  return (
    <section className="panel">
      <div className="panel-h">
        <h2>{t("personalData")}</h2>
        <span className="s12 t3">{byKind.map(([kind, count]) => `${kindName(kind)} ${count}`).join(", ")}</span>
      </div>
      {total === 0 ? (
        <p className="hint panel-b">{t("noPersonalData")}</p>
      ) : (
        <div className="panel-scroll">
          <Table label={t("personalData")} compact>
            <thead>
              <tr>
                <ColumnHead>{t("kind")}</ColumnHead>
                <ColumnHead>{t("masked")}</ColumnHead>
                <ColumnHead>{t("place")}</ColumnHead>
              </tr>
            </thead>
            <tbody>
              {places.map((place, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the same value may stand twice on a page
                <tr key={index}>
                  <td>{kindName(place.kind)}</td>
                  <td className="mono">{place.masked}</td>
                  <td className="t2">
                    {place.name}, {t("page", { page: place.page })}
                  </td>
                </tr>
              ))}
            </tbody>
          </Table>
        </div>
      )}
    </section>
  );
}

function Keywords({ summary }: { summary: Summary }) {
  const t = useTranslations("reports");
  return (
    <section className="panel">
      <div className="panel-h">
        <h2>{t("keywords")}</h2>
      </div>
      {summary.keywords.length === 0 ? <p className="hint panel-b">{t("none")}</p> : null}
      <ul className="keywords">
        {summary.keywords.map(({ term, chunks }) => (
          <li key={term}>
            <Link
              className="chip"
              scroll={false}
              href={`?q=${encodeURIComponent(term)}`}
              title={t("inPassages", { count: chunks })}
            >
              <span className="clip">{term}</span> <span className="t3">{chunks}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
