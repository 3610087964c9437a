"use client";
import { CircleCheck, Unplug } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { Icon } from "@/components/ui/icon";
import { RelativeTime } from "@/components/ui/relative-time";
import { ColumnHead, Table } from "@/components/ui/table";
import type { Overview } from "@/lib/api/overview";

/** Task types with waiting tasks: how many, since when, and who listens. */
export function QueuesPanel({ waiting }: { waiting: Overview["waiting"] }) {
  const t = useTranslations("overview");
  const format = useFormatter();
  const unheard = waiting.types.filter((type) => type.listening === 0).length;
  return (
    <section className="panel framed">
      <div className="panel-h">
        <h2>{t("queues")}</h2>
        <span className="s12 t3">
          {t("queueCount", { count: waiting.types.length })}
          {unheard > 0 ? `, ${t("needLook", { count: unheard })}` : ""}
        </span>
      </div>
      {waiting.types.length === 0 ? (
        <p className="hint panel-b row g6">
          <Icon as={CircleCheck} size={14} />
          {t("queuesEmpty")}
        </p>
      ) : (
        <Table label={t("queues")} compact>
          <thead>
            <tr>
              <ColumnHead>{t("taskType")}</ColumnHead>
              <ColumnHead numeric>{t("depth")}</ColumnHead>
              <ColumnHead numeric>{t("oldestHead")}</ColumnHead>
              <ColumnHead>{t("listeners")}</ColumnHead>
            </tr>
          </thead>
          <tbody>
            {waiting.types.map((type) => (
              <tr key={type.task_type}>
                <td className="mono">{type.task_type}</td>
                <td className="num w5">{format.number(type.waiting)}</td>
                <td className="num t2">
                  <RelativeTime at={type.oldest_at} />
                </td>
                <td>
                  {type.listening === 0 ? (
                    <span className="why-alert" data-s="failed">
                      <Icon as={Unplug} size={14} />
                      {t("nobodyListens")}
                    </span>
                  ) : (
                    <span className="t2">{t("listening", { count: type.listening })}</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </section>
  );
}
