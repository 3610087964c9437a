import { useTranslations } from "next-intl";
import type { DisplayStatus } from "@/lib/job-status";

const SAMPLES: readonly { key: LegendKey; className: string; status?: DisplayStatus }[] = [
  { key: "legendQueued", className: "tl-bar hatch", status: "queued" },
  { key: "legendFailed", className: "tl-bar attempt-bad", status: "failed" },
  { key: "legendSucceeded", className: "tl-bar", status: "succeeded" },
  { key: "legendEnded", className: "tl-bar", status: "failed" },
  { key: "legendApproval", className: "tl-bar", status: "needs_approval" },
  { key: "legendWait", className: "tl-bar is-approval", status: "waiting" },
  { key: "legendIdle", className: "zig" },
];

type LegendKey = `legend${"Queued" | "Failed" | "Succeeded" | "Ended" | "Approval" | "Wait" | "Idle"}`;

/** What the fills mean. */
export function TimelineLegend() {
  const t = useTranslations("job.timeline");
  return (
    <ul className="tl-key">
      {SAMPLES.map(({ key, className, status }) => (
        <li key={key}>
          <span className={className} data-s={status} aria-hidden="true" />
          {t(key)}
        </li>
      ))}
    </ul>
  );
}
