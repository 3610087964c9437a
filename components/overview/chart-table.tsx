"use client";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { AbsoluteTime } from "@/components/ui/relative-time";
import { ColumnHead, Table } from "@/components/ui/table";

/** The figures of a chart, for who can't or would rather not read the picture; made only when opened. */
export function ChartTable({
  label,
  columns,
  rows,
}: {
  label: string;
  columns: readonly string[];
  rows: readonly { at: string; cells: readonly string[] }[];
}) {
  const t = useTranslations("overview");
  const [open, setOpen] = useState(false);
  return (
    <details className="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("asTable")}</summary>
      {open ? (
        <div className="panel-scroll">
          <Table label={label} compact>
            <thead>
              <tr>
                <ColumnHead>{t("from")}</ColumnHead>
                {columns.map((column) => (
                  <ColumnHead key={column} numeric>
                    {column}
                  </ColumnHead>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ at, cells }) => (
                <tr key={at}>
                  <td>
                    <AbsoluteTime at={at} />
                  </td>
                  {cells.map((cell, index) => (
                    <td key={columns[index]} className="num">
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </Table>
        </div>
      ) : null}
    </details>
  );
}
