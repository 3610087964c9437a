import {
  Braces,
  Cpu,
  Flag,
  Hourglass,
  type LucideIcon,
  Split,
  SquareStack,
  UserRoundCheck,
  Variable,
  Workflow,
} from "lucide-react";
import type { GraphNode } from "@/lib/api/graph";

/** The drawing of a state's type; a type that is missing here fails the build. */
export const STATE_ICON: Record<GraphNode["type"], LucideIcon> = {
  handler: Braces,
  choice: Split,
  set: Variable,
  task: Cpu,
  parallel: SquareStack,
  approval: UserRoundCheck,
  child: Workflow,
  wait: Hourglass,
  end: Flag,
};
