"use client";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { RelativeTime } from "@/components/ui/relative-time";
import { ColumnHead, Table } from "@/components/ui/table";
import { getsNothing, machineOf } from "@/components/workers/standing";
import { workerPath } from "@/components/workers/worker-data";
import { Price, Reputation, SkillName, Slots, WorkerStanding } from "@/components/workers/worker-marks";
import type { WorkerRecord } from "@/lib/api/worker";

const SHOWN_SKILLS = 3;
const SHOWN_PARTS = 2;

/** One line per worker. */
export function WorkerTable({ rows }: { rows: readonly WorkerRecord[] }) {
  const t = useTranslations("workers");
  return (
    <Table label={t("title")} className="cards workers">
      <thead>
        <tr>
          <ColumnHead>{t("worker")}</ColumnHead>
          <ColumnHead>{t("state")}</ColumnHead>
          <ColumnHead>{t("kind")}</ColumnHead>
          <ColumnHead>{t("skills")}</ColumnHead>
          <ColumnHead>{t("slots")}</ColumnHead>
          <ColumnHead numeric>{t("running")}</ColumnHead>
          <ColumnHead>{t("reputation")}</ColumnHead>
          <ColumnHead numeric>{t("price")}</ColumnHead>
          <ColumnHead>{t("machine")}</ColumnHead>
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

function Line({ row }: { row: WorkerRecord }) {
  const t = useTranslations("workers");
  return (
    <tr data-row={row.worker_id} data-status={row.status}>
      <td>
        <Link className="row-link mono anywhere" href={workerPath(row.worker_id)}>
          {row.worker_id}
        </Link>
      </td>
      <td>
        <WorkerStanding row={row} />
        {getsNothing(row) ? <span className="s12 t3"> {t("givenNothing")}</span> : null}
      </td>
      <td className="t2" data-label={t("kind")}>
        <span>
          {t(`kind_${row.kind}`)} <span className="mono t3">{row.version ?? ""}</span>
        </span>
      </td>
      <td className="wide">
        <Skills row={row} />
      </td>
      <td>
        <Slots row={row} />
      </td>
      <td className="num" data-label={t("running")}>
        <span>
          <span className="w5">{row.busy}</span> <span className="t3">/ {row.slots > 0 ? row.slots : "?"}</span>
        </span>
      </td>
      <td data-label={t("reputation")}>
        <Reputation row={row} />
      </td>
      <td className="num t2" data-label={t("price")}>
        <Price row={row} />
      </td>
      <td data-label={t("machine")}>
        <Machine row={row} />
      </td>
      <td className="num t2" data-label={t("heard")}>
        <RelativeTime at={row.renewed_at} />
      </td>
    </tr>
  );
}

function Skills({ row }: { row: WorkerRecord }) {
  const hot = new Set(row.hot_skills);
  // Those that it has warm first: they are what it is most likely to get.
  const skills = [...row.skills].sort((a, b) => Number(hot.has(b)) - Number(hot.has(a)));
  return (
    <span className="skills">
      {skills.slice(0, SHOWN_SKILLS).map((skill) => (
        <SkillName key={skill} name={skill} hot={hot.has(skill)} />
      ))}
      <Rest words={skills.slice(SHOWN_SKILLS)} />
    </span>
  );
}

function Machine({ row }: { row: WorkerRecord }) {
  const parts = machineOf(row);
  if (parts.length === 0) return <span className="t3">–</span>;
  return (
    <span className="skills s12 t2">
      <span className="clip machine">{parts.slice(0, SHOWN_PARTS).join(", ")}</span>
      <Rest words={parts.slice(SHOWN_PARTS)} />
    </span>
  );
}

/** How many more there are, and which. */
function Rest({ words }: { words: readonly string[] }) {
  const t = useTranslations("workers");
  if (words.length === 0) return null;
  return (
    <span className="s12 t3" title={words.join("\n")}>
      +{words.length}
      <span className="vh"> {t("more", { skills: words.join(", ") })}</span>
    </span>
  );
}
