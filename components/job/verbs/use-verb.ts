"use client";
import { useTranslations } from "next-intl";
import { api } from "@/components/data/api";
import { ApiError } from "@/components/data/api-error";
import { type JobVerb, VERB_PATH } from "@/components/job/verbs/job-verbs";
import { useToasts } from "@/components/ui/toasts";
import type { JobDetail } from "@/lib/api/job";

/** Refusals that are about what was filled in: the dialog stays open and shows them. */
const ABOUT_INPUT: ReadonlySet<string> = new Set([
  "unknown_state",
  "unknown_outcome",
  "invalid_data",
  "invalid_request",
  "unknown_decision",
]);

/**
 * Does something with a job and says so. When somebody or something was faster, it shows how the job stands now instead
 * of an error about how it stood; what is wrong with the input is thrown for the dialog.
 */
export function useVerb(jobId: string, refresh: () => Promise<void>) {
  const t = useTranslations("job");
  const verbs = useTranslations("verbs");
  const words = useTranslations("status");
  const toasts = useToasts();
  const path = `/api/v1/jobs/${jobId}`;
  return async <Answer>(verb: JobVerb, body: object, signal?: string): Promise<Answer | null> => {
    const target = verb === "signal" ? `signals/${encodeURIComponent(signal ?? "")}` : VERB_PATH[verb];
    try {
      const answer = await api.post<Answer>(`${path}/${target}`, body);
      if (verb !== "fork") toasts.success(verbs(`${verb}.done`));
      await refresh();
      return answer;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || ABOUT_INPUT.has(error.code)) throw error;
      const { display_status: now } = await api.get<Pick<JobDetail, "display_status">>(path, {
        query: { fields: "display_status" },
      });
      toasts.error(t("conflict", { status: words(now) }));
      await refresh();
      return null;
    }
  };
}
