import {
  Ban,
  CirclePause,
  CirclePlay,
  Gauge,
  GitFork,
  ListChecks,
  PencilLine,
  Radio,
  RotateCw,
  ThumbsDown,
} from "lucide-react";
import type { JobVerb } from "@/components/job/verbs/job-verbs";
import type { LucideIcon } from "@/components/ui/icon";

export const VERB_ICON: Record<JobVerb, LucideIcon> = {
  resume: CirclePlay,
  signal: Radio,
  retry: RotateCw,
  requeue: PencilLine,
  pause: CirclePause,
  complete: ListChecks,
  fork: GitFork,
  priority: Gauge,
  giveUp: ThumbsDown,
  cancel: Ban,
};
