"use client";
import type { Node, NodeProps } from "@xyflow/react";
import { clsx } from "clsx";
import { Check, Hand, LoaderCircle, type LucideIcon, Pause, Radio, RotateCw, Workflow, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { createContext, memo, useContext } from "react";
import type { StateFacts } from "@/components/graph/state-facts";
import { STATE_ICON } from "@/components/graph/state-icon";
import { STATUS_LOOK } from "@/components/status/status-table";
import { Elapsed } from "@/components/ui/duration";
import { Icon } from "@/components/ui/icon";
import { RelativeTime } from "@/components/ui/relative-time";
import type { DisplayStatus } from "@/lib/job-status";

export type StateNodeType = Node<StateFacts, "state">;

/** Chooses a state; null when states cannot be chosen. */
export const SelectState = createContext<((name: string) => void) | null>(null);

/** The badge's drawing; a status without one wears no badge. */
const BADGE: Partial<Record<DisplayStatus, LucideIcon>> = {
  running: LoaderCircle,
  retrying: RotateCw,
  needs_approval: Hand,
  waiting: STATUS_LOOK.waiting.icon,
  succeeded: Check,
  failed: X,
  quarantined: X,
  paused: Pause,
  cancelled: X,
};

/** One state. Drawn again only when one of its facts changes, or each second while it runs. */
export const StateNode = memo(function StateNode({ data, width, height }: NodeProps<StateNodeType>) {
  const select = useContext(SelectState);
  const label = useNodeLabel(data);
  const badge = data.status ? BADGE[data.status] : undefined;
  const props = {
    className: clsx(
      "node nodrag nopan",
      data.selected && "is-sel",
      data.branches > 0 && "stack",
      data.tall && "is-tall",
    ),
    "data-s": data.status ?? undefined,
    "data-state": data.name,
    style: { width, height },
  };
  const content = (
    <>
      <span className="kind">
        <Icon as={STATE_ICON[data.type]} />
      </span>
      <span className="clip">
        <span className="name clip" title={data.name}>
          {data.name}
        </span>
        <NodeMeta facts={data} />
      </span>
      <NodeCounts facts={data} />
      {data.tall && data.branches > 0 ? <FanBar facts={data} /> : null}
      {badge ? (
        <span className="badge">
          <Icon as={badge} />
        </span>
      ) : null}
    </>
  );
  if (!select) return <div {...props}>{content}</div>;
  return (
    <button {...props} type="button" aria-label={label} aria-pressed={data.selected} onClick={() => select(data.name)}>
      {content}
    </button>
  );
});

function useNodeLabel(facts: StateFacts): string {
  const t = useTranslations("graph");
  const status = useTranslations("status");
  const type = t(`type.${facts.type}`);
  if (!facts.status) return t("nodeName", { name: facts.name, type });
  const said = [
    t("nodeStatus", { name: facts.name, type, status: facts.passedOver ? t("notTaken") : status(facts.status) }),
  ];
  if (facts.branches > 0) said.push(t("branches", { count: facts.branches }));
  if (facts.failed > 0) said.push(t("failedBranches", { count: facts.failed }));
  if (facts.waitSignal !== null) said.push(t("waitsFor", { signal: facts.waitSignal }));
  if (facts.child !== null) said.push(t("childStatus", { status: status(facts.child) }));
  if (facts.running > 0) said.push(t("runningBranches", { count: facts.running }));
  return said.join(", ");
}

/** They take no time worth a figure. */
const INSTANT: ReadonlySet<StateFacts["type"]> = new Set(["choice", "set", "end"]);

function NodeMeta({ facts }: { facts: StateFacts }) {
  const t = useTranslations("graph");
  const status = useTranslations("status");
  const { startedAt, endedAt } = facts;
  if (!facts.status) {
    return <span className="meta clip">{facts.start ? t("start") : (facts.detail ?? t(`type.${facts.type}`))}</span>;
  }
  const word = facts.passedOver ? t("notTaken") : status(facts.status);
  const timed =
    startedAt !== null && !INSTANT.has(facts.type) && !(facts.status === "needs_approval" && facts.quorum > 1);
  return (
    <span className="meta">
      <span className="word">{word}</span>
      {timed ? (
        <span>
          · <Elapsed from={startedAt} to={endedAt} />
        </span>
      ) : null}
    </span>
  );
}

function NodeCounts({ facts }: { facts: StateFacts }) {
  const t = useTranslations("graph");
  if (facts.branches > 0) {
    return (
      <span className="counts">
        {facts.failed > 0 ? (
          <span className="status" data-s="failed">
            <Icon as={X} size={12} />
            {facts.failed}
          </span>
        ) : null}
        {facts.running > 0 ? (
          <span className="status" data-s="running">
            <Icon as={LoaderCircle} size={12} />
            {facts.running}
          </span>
        ) : null}
        <b>{t("branches", { count: facts.branches })}</b>
      </span>
    );
  }
  if (facts.quorum > 1 && facts.status === "needs_approval") {
    return <span className="counts">{t("votes", { votes: facts.votes, quorum: facts.quorum })}</span>;
  }
  if (facts.child !== null) return <ChildCount status={facts.child} />;
  if (facts.waitSignal !== null || facts.waitUntil !== null) return <WaitCount facts={facts} />;
  if (facts.attempt > 1) {
    return (
      <span className="counts" title={t("attempt", { attempt: facts.attempt })}>
        <Icon as={RotateCw} size={12} />
        {facts.attempt}
      </span>
    );
  }
  return facts.visits > 1 ? <span className="counts">{t("visits", { visits: facts.visits })}</span> : <span />;
}

/** The child's own status, as its mark. */
function ChildCount({ status }: { status: DisplayStatus }) {
  const t = useTranslations("graph");
  const words = useTranslations("status");
  return (
    <span className="counts" title={t("childStatus", { status: words(status) })}>
      <span className="status" data-s={status}>
        <Icon as={Workflow} size={12} />
        <Icon as={STATUS_LOOK[status].icon} size={12} />
      </span>
    </span>
  );
}

/** The signal that is awaited, or the time that is left. */
function WaitCount({ facts }: { facts: StateFacts }) {
  const t = useTranslations("graph");
  const { waitSignal: signal, waitUntil: until } = facts;
  return (
    <span className="counts wait-count">
      {signal === null ? null : (
        <span className="row" title={t("waitsFor", { signal })}>
          <Icon as={Radio} size={12} />
        </span>
      )}
      {until === null ? null : <RelativeTime at={until} />}
    </span>
  );
}

/** How many branches ended well, failed, and run; the rest waits. */
function FanBar({ facts }: { facts: StateFacts }) {
  const waiting = facts.branches - facts.succeeded - facts.failed - facts.running;
  return (
    <span className="fan-bar">
      <i data-s="succeeded" style={{ flexGrow: facts.succeeded }} />
      <i data-s="failed" style={{ flexGrow: facts.failed }} />
      <i data-s="running" style={{ flexGrow: facts.running }} />
      <i className="rest" style={{ flexGrow: Math.max(0, waiting) }} />
    </span>
  );
}
