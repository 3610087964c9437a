"use client";
import { CompleteDialog } from "@/components/job/verbs/complete-dialog";
import { ForkDialog } from "@/components/job/verbs/fork-dialog";
import { PlainDialog } from "@/components/job/verbs/plain-dialog";
import { PriorityDialog } from "@/components/job/verbs/priority-dialog";
import { RequeueDialog } from "@/components/job/verbs/requeue-dialog";
import { SignalDialog } from "@/components/job/verbs/signal-dialog";
import type { VerbDialogProps } from "@/components/job/verbs/verb-props";

/** The question that belongs to a verb. */
export default function VerbDialog(props: VerbDialogProps) {
  const { verb } = props.asked;
  switch (verb) {
    case "signal":
      return <SignalDialog {...props} />;
    case "requeue":
      return <RequeueDialog {...props} />;
    case "complete":
      return <CompleteDialog {...props} />;
    case "fork":
      return <ForkDialog {...props} />;
    case "priority":
      return <PriorityDialog {...props} />;
    default:
      return <PlainDialog {...props} verb={verb} />;
  }
}
