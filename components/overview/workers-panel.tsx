"use client";
import { ChevronRight, Hourglass, Unplug } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { ButtonLink } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import type { Overview } from "@/lib/api/overview";

/** How many workers are here and how busy they are. */
export function WorkersPanel({ workers }: { workers: Overview["workers"] }) {
  const t = useTranslations("overview");
  const format = useFormatter();
  const { online, draining, lost, slots, busy } = workers;
  return (
    <section className="panel">
      <div className="panel-h">
        <h2>{t("workers")}</h2>
        <span className="s12 t3">{t("connected", { count: online + draining })}</span>
        <span className="end">
          <ButtonLink href="/workers" variant="quiet" trailingIcon={ChevronRight}>
            {t("allWorkers")}
          </ButtonLink>
        </span>
      </div>
      <div className="workers-sum">
        <p className="row">
          <span className="t2">{t("slotsBusy")}</span>
          <span className="end">
            <b>{format.number(busy)}</b> <span className="t3">{t("ofSlots", { slots: format.number(slots) })}</span>
          </span>
        </p>
        <span className="meter" data-s="running" aria-hidden="true">
          <span style={{ width: `${slots > 0 ? Math.min(100, (busy / slots) * 100) : 0}%` }} />
        </span>
        <p className="row g12 s12">
          {draining > 0 ? (
            <span className="why-alert" data-s="waiting">
              <Icon as={Hourglass} size={14} />
              {t("draining", { count: draining })}
            </span>
          ) : null}
          {lost > 0 ? (
            <span className="why-alert" data-s="failed">
              <Icon as={Unplug} size={14} />
              {t("lost", { count: lost })}
            </span>
          ) : null}
          {online + draining === 0 ? <span className="t2">{t("noWorkers")}</span> : null}
        </p>
      </div>
    </section>
  );
}
