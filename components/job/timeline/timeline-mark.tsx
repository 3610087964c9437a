"use client";
import { BellRing, Check, Hand, MessageSquare, Radio, X } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { actorName } from "@/components/job/actor-name";
import { approverNames } from "@/components/job/approver-names";
import { percent, type TimeScale } from "@/components/job/timeline/time-scale";
import type { Mark } from "@/components/job/timeline/timeline-rows";
import { Icon, type LucideIcon } from "@/components/ui/icon";

/** What happened at one instant of a row: a vote, a signal, a word of a worker, a step ended by hand. */
export function MarkView({ mark, scale }: { mark: Mark; scale: TimeScale }) {
  const title = useMarkTitle(mark);
  const { icon, status } = lookOf(mark);
  return (
    <span
      className="tl-ev"
      data-mark={mark.kind}
      data-s={status}
      title={title}
      style={{ left: percent(scale.at(mark.at)) }}
    >
      <Icon as={icon} size={12} />
    </span>
  );
}

function lookOf(mark: Mark): { icon: LucideIcon; status: string } {
  switch (mark.kind) {
    case "vote": {
      const refused = /^(?:reject|refus|den)/i.test(mark.decision);
      return refused ? { icon: X, status: "failed" } : { icon: Check, status: "succeeded" };
    }
    case "asked":
      return { icon: BellRing, status: "needs_approval" };
    case "signal":
      return { icon: Radio, status: "waiting" };
    case "event":
      return { icon: MessageSquare, status: "running" };
    case "by_hand":
      return { icon: Hand, status: "succeeded" };
  }
}

function useMarkTitle(mark: Mark): string {
  const job = useTranslations("job");
  const t = useTranslations("job.timeline");
  const locale = useLocale();
  switch (mark.kind) {
    case "vote":
      return t("vote", { who: actorName(mark.by, job), decision: mark.decision });
    case "asked":
      return t("escalatedMark", { approvers: approverNames(mark.to, locale) });
    case "signal":
      return t("signalMark", { who: actorName(mark.by, job), signal: mark.name });
    case "event":
      return t("event", { who: mark.worker ?? job("inspector.fromHandler"), event: mark.type });
    case "by_hand":
      return t("byHandMark", { who: actorName(mark.by, job) });
  }
}
