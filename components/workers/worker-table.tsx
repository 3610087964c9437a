"use client";
import { CircleDashed, CircleDot, Hourglass, type LucideIcon, Unplug } from "lucide-react";
import { useTranslations } from "next-intl";
import { Elapsed } from "@/components/ui/duration";
import { Icon } from "@/components/ui/icon";
import { RelativeTime } from "@/components/ui/relative-time";
import { ColumnHead, Table } from "@/components/ui/table";
import type { WorkerRow } from "@/lib/api/worker";

const SHOWN_SKILLS = 3;
/** Above this the marks say less than the figure beside them. */
const DRAWN_SLOTS = 24;

type Look = { icon: LucideIcon; s: string; word: "online" | "idle" | "draining" | "lost" };

/** One line per worker. */
export function WorkerTable({ rows }: { rows: readonly WorkerRow[] }) {
  const t = useTranslations("workers");
  return (
    <Table label={t("title")} className="cards workers">
      <thead>
        <tr>
          <ColumnHead>{t("worker")}</ColumnHead>
          <ColumnHead>{t("state")}</ColumnHead>
          <ColumnHead>{t("kind")}</ColumnHead>
          <ColumnHead>{t("version")}</ColumnHead>
          <ColumnHead>{t("skills")}</ColumnHead>
          <ColumnHead>{t("slots")}</ColumnHead>
          <ColumnHead numeric>{t("running")}</ColumnHead>
          <ColumnHead numeric>{t("up")}</ColumnHead>
          <ColumnHead numeric>{t("heard")}</ColumnHead>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Line key={row.session_id} row={row} />
        ))}
      </tbody>
    </Table>
  );
}

function Line({ row }: { row: WorkerRow }) {
  const t = useTranslations("workers");
  const look = lookOf(row);
  return (
    <tr data-row={row.worker_id} data-status={row.status}>
      <td>
        <b className="mono w5 anywhere" title={row.session_id}>
          {row.worker_id}
        </b>
      </td>
      <td>
        <span className="status" data-s={look.s}>
          <Icon as={look.icon} />
          {t(look.word)}
        </span>
      </td>
      <td className="t2">{t(`kind_${row.kind}`)}</td>
      <td className="t2" data-label={t("version")}>
        <span className="mono anywhere">{row.version ?? "–"}</span>
      </td>
      <td className="wide">
        <Skills skills={row.skills} />
      </td>
      <td>
        <Slots row={row} s={look.s} />
      </td>
      <td className="num" data-label={t("running")}>
        <span className="w5">{row.busy}</span> <span className="t3">/ {row.slots}</span>
      </td>
      <td className="num t2" data-label={t("up")}>
        {row.started_at && row.status !== "lost" ? <Elapsed from={row.started_at} /> : "–"}
      </td>
      <td className="num t2" data-label={t("heard")}>
        <RelativeTime at={row.renewed_at} />
      </td>
    </tr>
  );
}

function Skills({ skills }: { skills: readonly string[] }) {
  const t = useTranslations("workers");
  const rest = skills.slice(SHOWN_SKILLS);
  return (
    <span className="skills">
      {skills.slice(0, SHOWN_SKILLS).map((skill) => (
        <span key={skill} className="chip soft mono">
          <span className="clip">{skill}</span>
        </span>
      ))}
      {rest.length > 0 ? (
        <span className="s12 t3" title={rest.join("\n")}>
          +{rest.length}
          <span className="vh"> {t("more", { skills: rest.join(", ") })}</span>
        </span>
      ) : null}
    </span>
  );
}

function Slots({ row, s }: { row: WorkerRow; s: string }) {
  const drawn = Math.min(row.slots, DRAWN_SLOTS);
  const on = row.slots > 0 ? Math.ceil((Math.min(row.busy, row.slots) / row.slots) * drawn) : 0;
  return (
    <span className="slots" data-s={s} aria-hidden="true">
      {Array.from({ length: drawn }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the marks are all the same and never move
        <i key={index} className={index < on ? "on" : undefined} />
      ))}
    </span>
  );
}

function lookOf(row: WorkerRow): Look {
  if (row.status === "lost") return { icon: Unplug, s: "failed", word: "lost" };
  if (row.status === "draining") return { icon: Hourglass, s: "waiting", word: "draining" };
  return row.busy > 0
    ? { icon: CircleDot, s: "running", word: "online" }
    : { icon: CircleDashed, s: "queued", word: "idle" };
}
