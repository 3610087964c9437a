"use client";
import { useLocale, useTranslations } from "next-intl";
import { readable } from "@/components/approvals/decision-words";
import { factsOf } from "@/components/approvals/facts";
import { JsonView } from "@/components/ui/json-view";
import type { ApprovalDetail } from "@/lib/api/approval";
import { formatBytes } from "@/lib/form/bytes";

const BYTES = /_bytes$/;
const isBytes = (name: string) => BYTES.test(name);

/** What the decision is about: the figures of the job so far, and all of its data for who wants to look. */
export function SoFar({ approval }: { approval: ApprovalDetail }) {
  const t = useTranslations("approvals");
  const locale = useLocale();
  const facts = factsOf(approval.state_history);
  const number = new Intl.NumberFormat(locale);
  return (
    <section className="block" aria-label={t("soFar")}>
      {facts.length > 0 ? (
        <dl className="facts">
          {facts.map(({ name, value }) => (
            <div key={name}>
              <dt>{readable(name.replace(BYTES, ""))}</dt>
              <dd className="clip">
                {typeof value !== "number" ? value : isBytes(name) ? formatBytes(value, locale) : number.format(value)}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      <details className="more">
        <summary>{t("allData")}</summary>
        <div className="data-pair">
          <JsonView label={t("input")} value={approval.input} openLevels={2} maxHeight={320} />
          <JsonView label={t("gathered")} value={approval.state_history} openLevels={1} maxHeight={320} />
        </div>
      </details>
    </section>
  );
}
