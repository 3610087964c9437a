"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { versionsQuery } from "@/components/blueprint/blueprint-data";
import { FailedPicture, LoadingRows } from "@/components/ui/picture";
import { RelativeTime } from "@/components/ui/relative-time";
import { ColumnHead, Table } from "@/components/ui/table";

/** The versions of a blueprint, newest first; jobs stay on the one that they were started with. */
export function VersionsTable({ name, shown }: { name: string; shown: number }) {
  const t = useTranslations("blueprints");
  const format = useFormatter();
  const { data, error, refetch } = useQuery(versionsQuery(name));
  return (
    <section className="block" aria-labelledby="versions">
      <h2 className="sec-h" id="versions">
        {t("versions")} <span className="s12 t3">{t("versionsHint")}</span>
      </h2>
      {error && !data ? <FailedPicture error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows rows={2} what={t("versions")} /> : null}
      {data ? (
        <div className="panel framed">
          <Table label={t("versions")} compact>
            <thead>
              <tr>
                <ColumnHead>{t("version")}</ColumnHead>
                <ColumnHead>{t("published")}</ColumnHead>
                <ColumnHead numeric>{t("jobs")}</ColumnHead>
                <ColumnHead numeric>{t("openJobs")}</ColumnHead>
                <ColumnHead>{t("hash")}</ColumnHead>
              </tr>
            </thead>
            <tbody>
              {data.map((row) => (
                <tr key={row.version} className={row.version === shown ? "is-selected" : undefined}>
                  <td>
                    <Link
                      className="row-link"
                      href={row.current ? `/blueprints/${encodeURIComponent(name)}` : `?version=${row.version}`}
                      aria-current={row.version === shown ? "true" : undefined}
                    >
                      v{row.version}
                    </Link>{" "}
                    {row.current ? <span className="chip">{t("current")}</span> : null}
                  </td>
                  <td className="t2">
                    <RelativeTime at={row.created_at} />
                    {row.created_by ? ` ${row.created_by}` : ""}
                  </td>
                  <td className="num">{format.number(row.jobs)}</td>
                  <td className="num">{format.number(row.open_jobs)}</td>
                  <td className="mono t3">{row.hash.slice(0, 8)}</td>
                </tr>
              ))}
            </tbody>
          </Table>
        </div>
      ) : null}
    </section>
  );
}
