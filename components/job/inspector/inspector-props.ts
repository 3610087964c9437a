import type { Chosen } from "@/components/job/selection";
import type { LiveJobHistory } from "@/components/job/use-job";
import type { SelectionControl } from "@/components/job/use-selection";
import type { JobGraph } from "@/lib/api/blueprint";
import type { JobDetail } from "@/lib/api/job";
import type { DisplayStatus } from "@/lib/job-status";

/** What the inspector is given. */
export interface InspectorProps {
  detail: JobDetail;
  status: DisplayStatus;
  history: LiveJobHistory;
  graph: JobGraph | undefined;
  selection: SelectionControl;
  chosen: Chosen;
}
