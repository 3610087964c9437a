"use client";
import { GitFork, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { TaskWishes } from "@/components/blueprint/task-wishes";
import { STATE_ICON } from "@/components/graph/state-icon";
import { BranchOverview } from "@/components/job/inspector/branch-overview";
import type { InspectorProps } from "@/components/job/inspector/inspector-props";
import { JobPanel } from "@/components/job/inspector/job-panel";
import { StepEvents } from "@/components/job/inspector/step-events";
import { StepInput } from "@/components/job/inspector/step-input";
import { StepOutput } from "@/components/job/inspector/step-output";
import { StepOverview } from "@/components/job/inspector/step-overview";
import { STEP_TABS } from "@/components/job/selection";
import { useJobVerbs } from "@/components/job/verbs/verb-context";
import { Status } from "@/components/status/status";
import { IconButton } from "@/components/ui/button";
import { Elapsed } from "@/components/ui/duration";
import { Icon } from "@/components/ui/icon";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import type { GraphNode } from "@/lib/api/graph";
import type { DisplayStatus } from "@/lib/job-status";
import type { StepView, TaskView } from "@/lib/job-view";

/** What is chosen, in full: a step, a branch of it, a state that was not reached, or the whole job. */
export function Inspector(props: InspectorProps) {
  const { graph, selection, chosen } = props;
  const t = useTranslations("job.inspector");
  const node = graph?.graph.nodes.find(({ id }) => id === chosen.state);
  if (chosen.step) return <StepInspector {...props} step={chosen.step} node={node} />;
  if (chosen.state) {
    return (
      <section className="insp" aria-label={t("label")}>
        <InspectorHead title={chosen.state} node={node} status="not_reached" onClose={() => selection.select("")} />
        <div className="insp-b">
          {node?.description ? <p className="t2">{node.description}</p> : null}
          <p className="note">{t("notReached")}</p>
          <TaskWishes state={graph?.document.states[chosen.state]} />
        </div>
      </section>
    );
  }
  return <JobPanel {...props} />;
}

function StepInspector({
  detail,
  history,
  graph,
  selection,
  step,
  node,
}: InspectorProps & { step: StepView; node: GraphNode | undefined }) {
  const t = useTranslations("job.inspector");
  const idBase = useId();
  const task = selection.branch === null || !step.fanOut ? null : (step.tasks[selection.branch] ?? null);
  const visits = history.view.steps.reduce((count, each) => count + (each.state === step.state ? 1 : 0), 0);
  const parts = { detail, history, graph, selection, step, node, task };
  return (
    <section className="insp" aria-label={t("label")} data-inspects={step.state}>
      <InspectorHead
        title={step.state}
        node={node}
        status={task?.status ?? step.status}
        step={step}
        task={task}
        visits={visits}
        onClose={() => selection.select("")}
      />
      <Tabs
        label={t("tabs")}
        idBase={idBase}
        items={STEP_TABS.map((id) => ({ id, label: t(id) }))}
        value={selection.tab}
        onChange={selection.openTab}
      />
      <TabPanel idBase={idBase} id={selection.tab} className="insp-b">
        {selection.tab === "input" ? <StepInput {...parts} /> : null}
        {selection.tab === "output" ? <StepOutput {...parts} /> : null}
        {selection.tab === "events" ? <StepEvents {...parts} /> : null}
        {selection.tab === "overview" && task ? <BranchOverview {...parts} task={task} /> : null}
        {selection.tab === "overview" && !task ? <StepOverview {...parts} /> : null}
      </TabPanel>
    </section>
  );
}

interface InspectorHeadProps {
  title: string;
  node: GraphNode | undefined;
  status: DisplayStatus;
  step?: StepView;
  task?: TaskView | null;
  visits?: number;
  onClose: () => void;
}

function InspectorHead({ title, node, status, step, task, visits = 1, onClose }: InspectorHeadProps) {
  const t = useTranslations("job.inspector");
  const types = useTranslations("graph.type");
  const facts = [
    node ? types(node.type) : null,
    task ? t("branchOf", { branch: task.branch ?? 0, count: step?.tasks.length ?? 0 }) : null,
    step && visits > 1 ? t("visit", { visit: step.visit, visits }) : null,
  ].filter(Boolean);
  const type = task?.type ?? (step?.tasks[0]?.type || node?.task_type);
  return (
    <div className="insp-h" data-s={status}>
      <span className="kind">{node ? <Icon as={STATE_ICON[node.type]} /> : null}</span>
      <div className="grow">
        <h2 className="clip">
          {title}
          {task ? <span className="t3 w5"> #{task.branch}</span> : null}
          {!task && step?.fanOut ? <span className="t3 w5"> ×{step.tasks.length}</span> : null}
        </h2>
        <p className="s12 t3 clip">
          {facts.join(" · ")}
          {type ? (
            <>
              {" · "}
              <span className="mono">{type}</span>
            </>
          ) : null}
        </p>
      </div>
      <Status status={status}>
        {step ? (
          <span className="t3">
            <Elapsed from={task?.attempts[0]?.queuedAt ?? step.enteredAt} to={task ? endOf(task) : step.endedAt} />
          </span>
        ) : null}
      </Status>
      {step && !task ? <ForkHere step={step} /> : null}
      <IconButton icon={X} label={t("close")} variant="quiet" size="sm" onClick={onClose} />
    </div>
  );
}

/** A new job from here, where this person may. */
function ForkHere({ step }: { step: StepView }) {
  const t = useTranslations("verbs.fork");
  const { allowed, stale, ask } = useJobVerbs();
  if (!allowed.includes("fork")) return null;
  return (
    <IconButton
      icon={GitFork}
      label={t("fromHere")}
      variant="quiet"
      size="sm"
      disabled={stale}
      onClick={() => ask({ verb: "fork", from: { state: step.state, seq: step.entry } })}
    />
  );
}

function endOf(task: TaskView): string | null {
  return task.status === "retrying" ? null : (task.attempts.at(-1)?.endedAt ?? null);
}
