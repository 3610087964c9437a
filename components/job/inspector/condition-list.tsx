"use client";
import { Check, TriangleAlert, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { valuesWithPaths } from "@/components/graph/condition-text";
import { Icon } from "@/components/ui/icon";
import type { EnteredVia } from "@/lib/job-event";

/** The conditions that decided where the job went, with the values that they read. */
export function ConditionList({ cases }: { cases: NonNullable<EnteredVia["cases"]> }) {
  const t = useTranslations("job.inspector");
  return (
    <section className="sec">
      <header>
        <h3 className="sec-h">{t("conditions")}</h3>
      </header>
      <ul className="boxed fail-list">
        {cases.map(({ when, to, result, values, error }) => (
          <li className="condition" key={`${when}→${to}`}>
            <Icon as={error ? TriangleAlert : result ? Check : X} size={14} />
            <span className="vh">{t(result ? "conditionTrue" : "conditionFalse")}</span>
            <span>
              <code>{when}</code> → {to}
              <span className="s12 t3">{error ?? valuesWithPaths(values)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
