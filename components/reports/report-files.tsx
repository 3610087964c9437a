"use client";
import { useFormatter, useLocale, useTranslations } from "next-intl";
import { languageName } from "@/components/reports/language-name";
import type { FileFigures } from "@/components/reports/summary";
import { ColumnHead, Table } from "@/components/ui/table";

/** The documents of a report, one line each. */
export function ReportFiles({ files }: { files: readonly FileFigures[] }) {
  const t = useTranslations("reports");
  const locale = useLocale();
  const format = useFormatter();
  return (
    <section className="panel framed">
      <div className="panel-h">
        <h2>{t("files")}</h2>
      </div>
      <Table label={t("files")} className="cards">
        <thead>
          <tr>
            <ColumnHead>{t("file")}</ColumnHead>
            <ColumnHead>{t("language")}</ColumnHead>
            <ColumnHead numeric>{t("pages")}</ColumnHead>
            <ColumnHead numeric>{t("words")}</ColumnHead>
            <ColumnHead numeric>{t("passages")}</ColumnHead>
            <ColumnHead numeric>{t("readability")}</ColumnHead>
            <ColumnHead numeric>{t("personalData")}</ColumnHead>
          </tr>
        </thead>
        <tbody>
          {files.map((file, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two files may have the same name; their order is fixed
            <tr key={index}>
              <td className="wide">
                <b className="w5">{file.name}</b>
                {file.title && file.title !== file.name ? <p className="s12 t3 clip">{file.title}</p> : null}
              </td>
              <td data-label={t("language")}>{languageName(file.language, locale)}</td>
              <td className="num" data-label={t("pages")}>
                {format.number(file.pages)}
              </td>
              <td className="num" data-label={t("words")}>
                {format.number(file.words)}
              </td>
              <td className="num" data-label={t("passages")}>
                {format.number(file.chunks)}
              </td>
              <td className="num" data-label={t("readability")}>
                {file.readability === null ? "–" : format.number(file.readability, { maximumFractionDigits: 0 })}
              </td>
              <td className="num" data-label={t("personalData")}>
                {format.number(file.personalData)}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}
