"use client";
import { Search } from "lucide-react";
import { useTranslations } from "next-intl";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { Segmented } from "@/components/ui/segmented";
import { isIn, skillsOf, VIEWS, type WorkerFilter } from "@/components/workers/standing";
import type { WorkerRecord } from "@/lib/api/worker";

interface WorkerFiltersProps {
  /** Undefined while they are on their way. */
  rows: readonly WorkerRecord[] | undefined;
  filter: WorkerFilter;
  onChange: (part: Partial<WorkerFilter>) => void;
}

/** Which workers are shown: by words, by a skill, and by how they stand. */
export function WorkerFilters({ rows, filter, onChange }: WorkerFiltersProps) {
  const t = useTranslations("workers");
  const skills = skillsOf(rows ?? []);
  // A link may name a skill that nobody has: it stays to be seen.
  const offered = filter.skill === "" || skills.includes(filter.skill) ? skills : [filter.skill, ...skills];
  return (
    <search className="filters">
      <div className="filter-line">
        <span className="input ghost filter-text">
          <Icon as={Search} size={14} />
          <input
            type="search"
            data-filter
            aria-label={t("find")}
            placeholder={t("find")}
            value={filter.text}
            onChange={(event) => onChange({ text: event.target.value })}
          />
          <Kbd keys="/" />
        </span>
        <select
          className="input filter-select"
          aria-label={t("bySkill")}
          value={filter.skill}
          onChange={(event) => onChange({ skill: event.target.value })}
        >
          <option value="">{t("anySkill")}</option>
          {offered.map((skill) => (
            <option key={skill} value={skill}>
              {skill}
            </option>
          ))}
        </select>
        <Segmented
          label={t("view")}
          value={filter.view}
          onChange={(view) => onChange({ view })}
          options={VIEWS.map((each) => ({
            value: each,
            label: rows ? `${t(`view_${each}`)} ${rows.filter((row) => isIn(row, each)).length}` : t(`view_${each}`),
          }))}
        />
      </div>
    </search>
  );
}
