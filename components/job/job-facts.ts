import type { JobDetail } from "@/lib/api/job";
import type { DisplayStatus } from "@/lib/job-status";
import type { JobView } from "@/lib/job-view";
import { isJsonObject } from "@/lib/json";
import { safePath } from "@/lib/safe-path";

const ENDED: ReadonlySet<DisplayStatus> = new Set(["succeeded", "failed", "cancelled"]);
/** Nothing goes on by itself, though quarantine can still be left. */
const STANDING: ReadonlySet<DisplayStatus> = new Set([...ENDED, "quarantined", "paused"]);

/** The status to show: the events' when they are ahead of the small request, else the server's own word. */
export function statusOf(detail: JobDetail, view: JobView): DisplayStatus {
  if (view.version <= detail.version) return detail.display_status;
  return view.ended ?? (view.paused ? "paused" : view.steps.at(-1)?.status) ?? detail.display_status;
}

export function hasEnded(status: DisplayStatus): boolean {
  return ENDED.has(status);
}

export function standsStill(status: DisplayStatus): boolean {
  return STANDING.has(status);
}

/** When the job stopped, or null while it goes on. */
export function stoppedAt(detail: JobDetail, view: JobView, status: DisplayStatus): string | null {
  if (!standsStill(status)) return null;
  return detail.finished_at ?? view.endedAt ?? detail.updated_at;
}

/** `019a2b3c…2f3a4b`: enough to tell ids apart, whole in the tooltip and by the copy button. */
export function shortId(id: string): string {
  return id.length > 20 ? `${id.slice(0, 8)}…${id.slice(-6)}` : id;
}

/** Where the result says that it can be looked at, when that is a place on this site. */
export function resultPath(detail: JobDetail): string | null {
  const { result } = detail;
  if (!isJsonObject(result) || typeof result.url !== "string") return null;
  const path = safePath(result.url);
  return path === "/" ? null : path;
}
