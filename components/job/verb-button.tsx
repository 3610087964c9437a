"use client";
import { useTranslations } from "next-intl";
import type { JobVerb } from "@/components/job/verbs/job-verbs";
import { useJobVerbs } from "@/components/job/verbs/verb-context";
import { VERB_ICON } from "@/components/job/verbs/verb-icon";
import { Button } from "@/components/ui/button";

/** Asks for a verb, where this person may. */
export function VerbButton({ verb }: { verb: JobVerb }) {
  const t = useTranslations("verbs");
  const common = useTranslations("common");
  const { allowed, stale, ask } = useJobVerbs();
  if (!allowed.includes(verb)) return null;
  return (
    <Button
      size="sm"
      icon={VERB_ICON[verb]}
      disabled={stale}
      title={stale ? common("staleAction") : undefined}
      onClick={() => ask({ verb })}
    >
      {verb === "requeue" ? t("requeue.short") : t(`${verb}.label`)}
    </Button>
  );
}
