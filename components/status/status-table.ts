import {
  Ban,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Hand,
  Hourglass,
  Layers,
  LoaderCircle,
  type LucideIcon,
  RotateCw,
  ShieldAlert,
} from "lucide-react";
import type { DisplayStatus } from "@/lib/job-status";

/** The mark that a graph node wears, so that no status is told by colour alone. */
export type StatusShape =
  | "thin-edge"
  | "thick-edge"
  | "dotted-edge"
  | "dashed-edge"
  | "double-edge"
  | "tick"
  | "cross"
  | "octagon"
  | "bars"
  | "struck"
  | "no-fill";

export interface StatusLook {
  icon: LucideIcon;
  shape: StatusShape;
  /** The place in legends and in sorting by urgency: what needs a person comes first. */
  order: number;
}

/**
 * How each status looks, in tables, graph, timeline and charts. The word is the message `status.<name>`, the colour
 * comes from `data-s`. A status that is missing here fails the build.
 */
export const STATUS_LOOK: Record<DisplayStatus, StatusLook> = {
  needs_approval: { icon: Hand, shape: "dashed-edge", order: 0 },
  quarantined: { icon: ShieldAlert, shape: "octagon", order: 1 },
  failed: { icon: CircleX, shape: "cross", order: 2 },
  retrying: { icon: RotateCw, shape: "double-edge", order: 3 },
  running: { icon: LoaderCircle, shape: "thick-edge", order: 4 },
  waiting: { icon: Hourglass, shape: "dotted-edge", order: 5 },
  queued: { icon: Layers, shape: "thin-edge", order: 6 },
  paused: { icon: CirclePause, shape: "bars", order: 7 },
  succeeded: { icon: CircleCheck, shape: "tick", order: 8 },
  cancelled: { icon: Ban, shape: "struck", order: 9 },
  not_reached: { icon: CircleDashed, shape: "no-fill", order: 10 },
};
