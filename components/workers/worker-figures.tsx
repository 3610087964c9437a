"use client";
import { useFormatter, useTranslations } from "next-intl";
import type { WorkerRecord } from "@/lib/api/worker";

/** The sums above the list. */
export function WorkerFigures({ rows }: { rows: readonly WorkerRecord[] }) {
  const t = useTranslations("workers");
  const format = useFormatter();
  const alive = rows.filter((row) => row.status !== "lost");
  const busy = alive.reduce((sum, row) => sum + row.busy, 0);
  const slots = alive.reduce((sum, row) => sum + row.slots, 0);
  const skills = new Set(alive.flatMap((row) => row.skills));
  const remote = alive.filter((row) => row.kind === "http").length;
  return (
    <dl className="figures">
      <div>
        <dt>{t("slotsBusy")}</dt>
        <dd>
          {t.rich("busyOf", {
            busy: format.number(busy),
            slots: format.number(slots),
            big: (chunks) => <b className="figure">{chunks}</b>,
          })}
          <span className="meter" data-s="running" aria-hidden="true">
            <span style={{ width: `${slots > 0 ? Math.min(100, (busy / slots) * 100) : 0}%` }} />
          </span>
        </dd>
      </div>
      <div>
        <dt>{t("connected")}</dt>
        <dd>
          <b className="figure">{format.number(alive.length)}</b>{" "}
          <span className="s12 t2">{t("remote", { count: remote })}</span>
        </dd>
      </div>
      <div>
        <dt>{t("taskTypes")}</dt>
        <dd>
          <b className="figure">{format.number(skills.size)}</b>
        </dd>
      </div>
    </dl>
  );
}
