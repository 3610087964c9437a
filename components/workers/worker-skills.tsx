"use client";
import { useFormatter, useTranslations } from "next-intl";
import { ColumnHead, Table } from "@/components/ui/table";
import { shortText } from "@/components/workers/standing";
import { SkillName } from "@/components/workers/worker-marks";
import type { WorkerRecord } from "@/lib/api/worker";

type Skill = WorkerRecord["supported_skills"][number];

/** What a worker can do: each skill with its version, its price, and what it told of it. */
export function WorkerSkills({ row }: { row: WorkerRecord }) {
  const t = useTranslations("workers");
  const format = useFormatter();
  const hot = new Set(row.hot_skills);
  return (
    <div className="panel framed">
      <header className="panel-h">
        <h2>{t("skills")}</h2>
        <span className="s12 t3">{row.supported_skills.length}</span>
      </header>
      <Table label={t("skills")} className="cards">
        <thead>
          <tr>
            <ColumnHead>{t("skill")}</ColumnHead>
            <ColumnHead>{t("version")}</ColumnHead>
            <ColumnHead numeric>{t("price")}</ColumnHead>
            <ColumnHead>{t("tells")}</ColumnHead>
          </tr>
        </thead>
        <tbody>
          {row.supported_skills.map((skill) => (
            <tr key={skill.name} data-row={skill.name}>
              <td>
                <SkillName name={skill.name} hot={hot.has(skill.name)} />
              </td>
              <td className="mono t2" data-label={t("version")}>
                {skill.version ?? "–"}
              </td>
              <td className="num t2" data-label={t("price")}>
                {priceOf(row, skill.name, (price) => format.number(price, { maximumFractionDigits: 4 }))}
              </td>
              <td className="wrap t2">
                <Told skill={skill} />
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}

function priceOf({ cost_per_skill: prices }: WorkerRecord, skill: string, write: (price: number) => string): string {
  const price = Object.hasOwn(prices, skill) ? prices[skill] : undefined;
  return price === undefined ? "–" : write(price);
}

function Told({ skill }: { skill: Skill }) {
  const t = useTranslations("workers");
  const { type, description, properties = {}, output_statuses: outcomes, input_schema, output_schema } = skill;
  const words = [
    ...(type ? [t("skillType", { type })] : []),
    ...Object.entries(properties).map(([name, value]) => `${name} ${shortText(value)}`),
    ...(outcomes?.length ? [t("outcomes", { outcomes: outcomes.join(", ") })] : []),
    ...(input_schema ? [t("checksInput")] : []),
    ...(output_schema ? [t("promisesOutput")] : []),
  ];
  return (
    <>
      {description ? <span>{description} </span> : null}
      <span className="s12 t3 anywhere">{words.join(" · ")}</span>
    </>
  );
}
