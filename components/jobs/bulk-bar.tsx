"use client";
import { Ban, CirclePause, CirclePlay, Ellipsis, Gauge, PencilLine, RotateCw, ThumbsDown, X } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { BULK_PERMISSION, LIST_ACTIONS } from "@/components/bulk/bulk-actions";
import { isStale, useLiveStatus } from "@/components/data/live";
import { useOperator } from "@/components/data/operator";
import type { JobListFilter } from "@/components/jobs/job-filter";
import { selectionFilterOf } from "@/components/jobs/selection-of";
import type { RowSelection } from "@/components/jobs/use-row-selection";
import { useShortcut } from "@/components/shell/shortcuts";
import { Button, IconButton } from "@/components/ui/button";
import type { LucideIcon } from "@/components/ui/icon";
import { Menu } from "@/components/ui/menu";
import { useNow } from "@/components/ui/ticker";
import type { BulkAction, SelectionBody } from "@/lib/api/bulk";
import { roleMay } from "@/lib/roles";

const BulkDialog = dynamic(() => import("@/components/bulk/bulk-dialog"), { ssr: false });

const ICON: Record<BulkAction, LucideIcon> = {
  retry: RotateCw,
  pause: CirclePause,
  cancel: Ban,
  resume: CirclePlay,
  requeue: PencilLine,
  give_up: ThumbsDown,
  set_priority: Gauge,
};
const MOST_BUTTONS = 3;

export interface BulkBarProps {
  selection: RowSelection;
  filter: JobListFilter;
}

/** What can be done with the chosen jobs. */
export default function BulkBar({ selection, filter }: BulkBarProps) {
  const t = useTranslations("bulk");
  const common = useTranslations("common");
  const [asked, setAsked] = useState<{ action: BulkAction; wish: SelectionBody } | null>(null);
  const { role } = useOperator();
  const live = useLiveStatus();
  const now = useNow();
  const stale = now !== null && isStale(live, now);
  const actions = LIST_ACTIONS.filter((action) => roleMay(role, BULK_PERMISSION[action]));
  const ask = (action: BulkAction) =>
    setAsked({
      action,
      wish: selection.all ? { filter: selectionFilterOf(filter, Date.now()) } : { ids: [...selection.ids] },
    });
  useShortcut({ keys: "Escape", label: t("clear"), group: "page", run: selection.clear });
  const blocked = { disabled: stale, title: stale ? common("staleAction") : undefined };
  return (
    <>
      <section className="bulkbar" aria-label={t("bar")}>
        <b className="w6" role="status">
          {selection.all ? t("allSelected") : t("selected", { count: selection.ids.size })}
        </b>
        {selection.all ? null : (
          <Button variant="quiet" className="linkish" onClick={selection.chooseAll}>
            {t("selectAll")}
          </Button>
        )}
        <span className="sep" aria-hidden="true" />
        {actions.slice(0, MOST_BUTTONS).map((action) => (
          <Button key={action} icon={ICON[action]} {...blocked} onClick={() => ask(action)}>
            {t(`short.${action}`)}
          </Button>
        ))}
        <Menu
          label={t("more")}
          items={actions.slice(MOST_BUTTONS).map((action) => ({
            label: t(`short.${action}`),
            icon: ICON[action],
            danger: action === "give_up",
            onSelect: () => ask(action),
          }))}
          trigger={(props) => <IconButton {...props} {...blocked} icon={Ellipsis} label={t("more")} />}
        />
        <span className="sep" aria-hidden="true" />
        <Button icon={X} keys="Escape" onClick={selection.clear}>
          {t("clear")}
        </Button>
      </section>
      {asked ? <BulkDialog {...asked} onClose={() => setAsked(null)} onStarted={selection.clear} /> : null}
    </>
  );
}
