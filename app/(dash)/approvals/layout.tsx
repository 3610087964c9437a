import type { ReactNode } from "react";
import { ApprovalsFrame } from "@/components/approvals/approvals-frame";

/** The inbox stays beside the approval that is looked at. */
export default function ApprovalsLayout({ children }: { children: ReactNode }) {
  return <ApprovalsFrame>{children}</ApprovalsFrame>;
}
