"use client";
import { ChartGantt, ListTree, Route, Table2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { EventsView } from "@/components/job/events-view";
import { GraphView } from "@/components/job/graph-view";
import { type JobViewName, VIEWS } from "@/components/job/selection";
import { StepsView } from "@/components/job/steps-view";
import { TimelineView } from "@/components/job/timeline/timeline-view";
import type { JobViewProps } from "@/components/job/view-props";
import type { LucideIcon } from "@/components/ui/icon";
import { FailedPicture, LoadingRows } from "@/components/ui/picture";
import { TabPanel, Tabs } from "@/components/ui/tabs";

const ICON: Record<JobViewName, LucideIcon> = { graph: Route, timeline: ChartGantt, steps: Table2, events: ListTree };

/** The four views of one job over one selection. */
export function JobViews(props: JobViewProps) {
  const { history, selection } = props;
  const t = useTranslations("job.views");
  const idBase = useId();
  const items = VIEWS.map((id) => ({
    id,
    label: t(id),
    icon: ICON[id],
    count: id === "events" && history.loaded ? history.view.version : undefined,
  }));
  return (
    <section className="left" aria-label={t("label")}>
      <div className="viewbar">
        <Tabs label={t("label")} idBase={idBase} items={items} value={selection.view} onChange={selection.show} />
      </div>
      <TabPanel idBase={idBase} id={selection.view} className="view-panel">
        <View {...props} />
      </TabPanel>
    </section>
  );
}

function View(props: JobViewProps) {
  const t = useTranslations("job");
  const { history, selection } = props;
  if (selection.view === "graph") return <GraphView {...props} />;
  if (!history.loaded) {
    return history.error ? (
      <FailedPicture title={t("historyFailed")} error={history.error} onRetry={() => void history.refresh()} />
    ) : (
      <LoadingRows what={t("loadingHistory")} />
    );
  }
  if (selection.view === "timeline") return <TimelineView {...props} />;
  return selection.view === "steps" ? <StepsView {...props} /> : <EventsView {...props} />;
}
