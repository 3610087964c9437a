"use client";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { shortId } from "@/components/job/job-facts";
import { RelativeTime } from "@/components/ui/relative-time";
import type { WaitingStep } from "@/lib/api/explain";
import type { Messages } from "@/lib/i18n/messages";
import { JOB_STATUS, type JobStatus } from "@/lib/job-status";

type Key = keyof Messages["why"]["key"];
type Said = Pick<WaitingStep, "key" | "values" | "sentence">;

/** Why something waits, in the reader's language; a sentence that this page does not know yet is the server's own. */
export function WhySentence({ said }: { said: Said }) {
  const t = useTranslations("why");
  const words = useTranslations("status");
  const key = `key.${said.key}` as `key.${Key}`;
  if (!t.has(key)) return <span>{said.sentence}</span>;
  const { at, child, status } = said.values;
  const known = typeof status === "string" && Object.hasOwn(JOB_STATUS, status);
  const values = {
    // A value that is missing would leave a hole in the sentence.
    ...Object.fromEntries(Object.entries(said.values).map(([name, value]) => [name, value ?? "—"])),
    ...(typeof child === "string" ? { child: shortId(child) } : {}),
    ...(known ? { status: words(JOB_STATUS[status as JobStatus].display) } : {}),
    at: () => (typeof at === "string" ? <RelativeTime at={at} /> : "—"),
    code: (chunks: ReactNode) => <code>{chunks}</code>,
  };
  // Which values a sentence needs is known when it is shown, not when this is compiled.
  return <span>{t.rich(key, values as never)}</span>;
}
