"use client";
import { CircleX } from "lucide-react";
import { useTranslations } from "next-intl";
import { CopyButton } from "@/components/ui/copy-button";
import { Icon } from "@/components/ui/icon";

/** An error in plain text, whole, with a copy button. */
export function ErrorNote({ error }: { error: { code: string; message: string } }) {
  const t = useTranslations("job.inspector");
  return (
    <section className="note error-note" data-s="failed" aria-label={t("error")}>
      <Icon as={CircleX} size={14} />
      <div className="grow">
        <code>{error.code}</code>
        <p>{error.message}</p>
      </div>
      <CopyButton value={`${error.code}: ${error.message}`} what={t("copyError")} />
    </section>
  );
}
