import type { LaidOutGraph } from "@/lib/api/graph";
import type { JobOverlay } from "@/lib/graph/job-overlay";

export interface BlueprintCanvasProps {
  /** Laid out by the server: nothing is placed in the browser, so nothing moves when a job goes on. */
  graph: LaidOutGraph;
  /** A job laid over it; left out, the blueprint is drawn alone. */
  overlay?: JobOverlay;
  /** Name of the chosen state. */
  selected?: string | null;
  /** What is shown first where the whole cannot be read: the chosen state, else this one, else the first. */
  focus?: string | null;
  /** Called with a state's name; left out, states cannot be chosen. */
  onSelect?: (state: string) => void;
  /** The job has ended: what it did not reach, it never will. */
  ended?: boolean;
}
