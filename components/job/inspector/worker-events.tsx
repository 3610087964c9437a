"use client";
import { useTranslations } from "next-intl";
import { AbsoluteTime } from "@/components/ui/relative-time";
import type { StepView } from "@/lib/job-view";

const MOST_SHOWN = 50;

/** What workers and handlers said on the way, the last ones. */
export function WorkerEvents({ events }: { events: StepView["events"] }) {
  const t = useTranslations("job.inspector");
  return (
    <section className="sec">
      <header>
        <h3 className="sec-h">{t("workerEvents")}</h3>
        <span className="s12 t3 end">{events.length}</span>
      </header>
      <ul className="boxed fail-list">
        {events.slice(-MOST_SHOWN).map(({ type, worker, at }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: equal events differ by their place alone, and none is ever taken out
          <li className="event-row" key={`${at} ${index}`}>
            <b className="w5 clip">{type}</b>
            <span className="t3 clip">{worker ?? t("fromHandler")}</span>
            <AbsoluteTime at={at} className="s11 t3" />
          </li>
        ))}
      </ul>
    </section>
  );
}
