import type { Chosen } from "@/components/job/selection";
import type { LiveJobHistory, useJobGraph } from "@/components/job/use-job";
import type { SelectionControl } from "@/components/job/use-selection";
import type { JobDetail } from "@/lib/api/job";
import type { DisplayStatus } from "@/lib/job-status";

/** What each of the four views is given. */
export interface JobViewProps {
  detail: JobDetail;
  status: DisplayStatus;
  history: LiveJobHistory;
  graph: ReturnType<typeof useJobGraph>;
  selection: SelectionControl;
  chosen: Chosen;
}
