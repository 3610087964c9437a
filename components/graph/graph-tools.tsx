"use client";
import { useReactFlow, useStore } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { Icon, type LucideIcon } from "@/components/ui/icon";
import type { EdgeState } from "@/lib/graph/job-overlay";

/** Zoom and fit; nothing moves by itself and nothing slides. */
export function GraphTools({ onFit }: { onFit: () => void }) {
  const t = useTranslations("graph");
  const flow = useReactFlow();
  const percent = useStore((state) => Math.round(state.transform[2] * 100));
  return (
    <div className="tools">
      <Tool label={t("zoomOut")} icon={Minus} onClick={() => void flow.zoomOut({ duration: 0 })} />
      <span className="txt">{t("zoom", { percent })}</span>
      <Tool label={t("zoomIn")} icon={Plus} onClick={() => void flow.zoomIn({ duration: 0 })} />
      <Tool label={t("fit")} icon={Maximize} onClick={onFit} />
    </div>
  );
}

function Tool({ label, icon, onClick }: { label: string; icon: LucideIcon; onClick: () => void }) {
  return (
    <button type="button" aria-label={label} title={label} onClick={onClick}>
      <Icon as={icon} size={14} />
    </button>
  );
}

const STATES: readonly EdgeState[] = ["taken", "untaken", "ahead"];

/** What the three kinds of lines mean. */
export function GraphLegend() {
  const t = useTranslations("graph");
  return (
    <ul className="graph-legend" aria-label={t("legend")}>
      {STATES.map((state) => (
        <li key={state}>
          <svg width="22" height="6" aria-hidden="true">
            <path className={`edge ${state}`} d="M0 3H22" />
          </svg>
          {t(state)}
        </li>
      ))}
    </ul>
  );
}
