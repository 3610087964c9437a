import type { LiveJobHistory } from "@/components/job/use-job";
import type { SelectionControl } from "@/components/job/use-selection";
import type { JobGraph } from "@/lib/api/blueprint";
import type { GraphNode } from "@/lib/api/graph";
import type { JobDetail } from "@/lib/api/job";
import type { StepView, TaskView } from "@/lib/job-view";

/** What each tab of the inspector is given about the chosen step. */
export interface StepParts {
  detail: JobDetail;
  history: LiveJobHistory;
  graph: JobGraph | undefined;
  selection: SelectionControl;
  step: StepView;
  node: GraphNode | undefined;
  /** The chosen branch of a fan-out. */
  task: TaskView | null;
}
