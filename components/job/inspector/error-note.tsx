"use client";
import { CircleX } from "lucide-react";
import { useTranslations } from "next-intl";
import { CopyButton } from "@/components/ui/copy-button";
import { Icon } from "@/components/ui/icon";
import type { ErrorView } from "@/lib/job-view";

/** An error in plain text, whole, with a copy button; below it what the task logged last, where it had to be ended. */
export function ErrorNote({ error }: { error: ErrorView }) {
  const t = useTranslations("job.inspector");
  return (
    <section className="note error-note" data-s="failed" aria-label={t("error")}>
      <Icon as={CircleX} size={14} />
      <div className="grow">
        <code>{error.code}</code>
        <p>{error.message}</p>
        {error.log ? (
          <details className="last-lines">
            <summary>{t("lastLines", { count: error.log.length })}</summary>
            <pre className="mono s12">{error.log.join("\n")}</pre>
          </details>
        ) : null}
      </div>
      <CopyButton value={`${error.code}: ${error.message}`} what={t("copyError")} />
    </section>
  );
}
