import type { LiveJobHistory } from "@/components/job/use-job";
import type { JobVerb } from "@/components/job/verbs/job-verbs";
import type { JobDetail } from "@/lib/api/job";
import type { DisplayStatus } from "@/lib/job-status";

/** A verb that is asked for; a fork may name the step to begin from, by the event that entered it. */
export interface AskedVerb {
  verb: JobVerb;
  from?: { state: string; seq: number };
}

/** What every dialog about a job is given. */
export interface VerbDialogProps {
  asked: AskedVerb;
  detail: JobDetail;
  history: LiveJobHistory;
  status: DisplayStatus;
  stale: boolean;
  onClose: () => void;
}
