"use client";
import { CircleDashed, CircleDot, Flame, Hourglass, type LucideIcon, ShieldAlert, Unplug } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { Icon } from "@/components/ui/icon";
import { getsNothing, pricesOf, type Standing, standingOf, trustPercent } from "@/components/workers/standing";
import type { WorkerRecord } from "@/lib/api/worker";

/** Above this the marks say less than the figure beside them. */
const DRAWN_SLOTS = 24;

const LOOK: Record<Standing, { icon: LucideIcon; s: string }> = {
  lost: { icon: Unplug, s: "failed" },
  distrusted: { icon: ShieldAlert, s: "retrying" },
  draining: { icon: Hourglass, s: "waiting" },
  full: { icon: CircleDot, s: "running" },
  online: { icon: CircleDot, s: "running" },
  idle: { icon: CircleDashed, s: "queued" },
};

/** How a worker stands, as an icon and a word. */
export function WorkerStanding({ row }: { row: WorkerRecord }) {
  const t = useTranslations("workers");
  const standing = standingOf(row);
  return (
    <span className="status" data-s={LOOK[standing].s} title={t(`why_${standing}`)}>
      <Icon as={LOOK[standing].icon} />
      {t(standing)}
    </span>
  );
}

/** Why it gets nothing, in a sentence with what helps; nothing for one that gets tasks. */
export function GetsNothing({ row }: { row: WorkerRecord }) {
  const t = useTranslations("workers");
  const standing = standingOf(row);
  if (!getsNothing(row)) return null;
  return (
    <p className="banner" data-s={LOOK[standing].s} data-nothing={standing}>
      <Icon as={LOOK[standing].icon} size={14} />
      <span>
        <b className="w5">{t("getsNothing")}</b> {t(`why_${standing}`)}
      </span>
    </p>
  );
}

/** Its reputation as a bar and a figure from 0 to 100; our own workers are not judged. */
export function Reputation({ row }: { row: WorkerRecord }) {
  const t = useTranslations("workers");
  if (row.kind === "own") return <span className="t3">–</span>;
  const percent = trustPercent(row.reputation);
  return (
    <span className="reputation" title={row.trusted ? undefined : t("why_distrusted")}>
      <span className="meter" data-s={row.trusted ? undefined : "failed"} aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
      <span className="w5">{percent}</span>
      <span className="vh">{t("ofHundred")}</span>
    </span>
  );
}

/** What a task costs, from the cheapest to the dearest of its skills. */
export function Price({ row }: { row: WorkerRecord }) {
  const format = useFormatter();
  const prices = pricesOf(row);
  if (!prices) return <span className="t3">–</span>;
  const [least, most] = prices.map((price) => format.number(price, { maximumFractionDigits: 4 }));
  return <>{least === most ? least : `${least}–${most}`}</>;
}

/** The name of a skill, with a mark when the worker has it warm. */
export function SkillName({ name, hot }: { name: string; hot: boolean }) {
  const t = useTranslations("workers");
  return (
    <span className="chip soft mono" title={hot ? `${name}: ${t("hot")}` : name}>
      {hot ? <Icon as={Flame} size={12} className="hot" /> : null}
      <span className="clip">{name}</span>
      {hot ? <span className="vh"> ({t("hot")})</span> : null}
    </span>
  );
}

/** One mark per slot: taken, or free. */
export function Slots({ row }: { row: WorkerRecord }) {
  const drawn = Math.min(row.slots, DRAWN_SLOTS);
  const on = row.slots > 0 ? Math.ceil((Math.min(row.busy, row.slots) / row.slots) * drawn) : 0;
  return (
    <span className="slots" data-s={LOOK[standingOf(row)].s} aria-hidden="true">
      {Array.from({ length: drawn }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the marks are all the same and never move
        <i key={index} className={index < on ? "on" : undefined} />
      ))}
    </span>
  );
}
