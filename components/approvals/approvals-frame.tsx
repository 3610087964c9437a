"use client";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { Inbox } from "@/components/approvals/inbox";

/** Two panes; where there is room for one only, the inbox at its own address and the approval at its own. */
export function ApprovalsFrame({ children }: { children: ReactNode }) {
  const one = usePathname() !== "/approvals";
  return (
    <div className="approvals" data-pane={one ? "approval" : "inbox"}>
      <div className="approvals-inbox">
        <Inbox />
      </div>
      <div className="approvals-one">{children}</div>
    </div>
  );
}
