"use client";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { BLUEPRINTS_KEY, fetchBlueprints } from "@/components/blueprint/blueprint-data";
import { isFiltered, type JobListFilter, TIME_RANGE_NAMES, type TimeRange } from "@/components/jobs/job-filter";
import { shortId } from "@/components/jobs/short-id";
import { StatusChips } from "@/components/jobs/status-chips";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { AbsoluteTime } from "@/components/ui/relative-time";
import { SearchBox } from "@/components/ui/search-box";

export interface FilterBarProps {
  filter: JobListFilter;
  /** A change of the filter always leads to its first page. */
  onChange: (change: Partial<JobListFilter>, how?: "push" | "replace") => void;
  onClear: () => void;
}

/** Everything that narrows the list; all of it is in the address. */
export function FilterBar({ filter, onChange, onClear }: FilterBarProps) {
  const t = useTranslations("jobs");
  return (
    <search className="filters" aria-label={t("filters")}>
      <div className="filter-line">
        <SearchBox
          value={filter.text}
          label={t("textLabel")}
          placeholder={t("textPlaceholder")}
          onChange={(text) => onChange({ text }, "replace")}
        />
        <BlueprintFilter value={filter.blueprint} onChange={(blueprint) => onChange({ blueprint })} />
        <select
          className="input filter-select"
          aria-label={t("time")}
          value={filter.range ?? ""}
          onChange={(event) =>
            onChange({ range: (event.target.value || null) as TimeRange | null, from: null, to: null })
          }
        >
          <option value="">{t("anyTime")}</option>
          {TIME_RANGE_NAMES.map((range) => (
            <option key={range} value={range}>
              {t(`range${range}`)}
            </option>
          ))}
        </select>
        <LabelFilter labels={filter.labels} onChange={(labels) => onChange({ labels })} />
        {isFiltered(filter) ? (
          <Button variant="quiet" onClick={onClear}>
            {t("clear")}
          </Button>
        ) : null}
      </div>
      <StatusChips filter={filter} onChange={(statuses) => onChange({ statuses })} />
      <Chosen filter={filter} onChange={onChange} />
    </search>
  );
}

function BlueprintFilter({ value, onChange }: { value: string | null; onChange: (name: string | null) => void }) {
  const t = useTranslations("jobs");
  const { data } = useQuery({ queryKey: BLUEPRINTS_KEY, queryFn: fetchBlueprints });
  const names = new Set([...(data ?? []).map((row) => row.name), ...(value ? [value] : [])]);
  return (
    <select
      className="input filter-select"
      aria-label={t("blueprint")}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value || null)}
    >
      <option value="">{t("anyBlueprint")}</option>
      {[...names].sort().map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function LabelFilter({ labels, onChange }: { labels: readonly string[]; onChange: (labels: string[]) => void }) {
  const t = useTranslations("jobs");
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);

  function add(event: FormEvent) {
    event.preventDefault();
    const label = typed.trim();
    const at = label.indexOf("=");
    setWrong(label !== "" && at <= 0);
    if (at <= 0) return;
    setTyped("");
    if (!labels.includes(label)) onChange([...labels, label]);
  }

  return (
    <form onSubmit={add} className="filter-label">
      <input
        className="input ghost"
        aria-label={t("labelLabel")}
        aria-invalid={wrong || undefined}
        placeholder={t("labelPlaceholder")}
        title={t("labelHint")}
        maxLength={300}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {wrong ? (
        <span className="err" role="alert">
          {t("labelHint")}
        </span>
      ) : null}
    </form>
  );
}

/** What can't be seen in a control of its own: labels and exact times, each with its ×. */
function Chosen({ filter, onChange }: Pick<FilterBarProps, "filter" | "onChange">) {
  const t = useTranslations("jobs");
  const exact = filter.from !== null || filter.to !== null;
  const { parent } = filter;
  if (filter.labels.length === 0 && !exact && !parent) return null;
  return (
    <ul className="row g6 filter-chosen" aria-label={t("chosen")}>
      {filter.labels.map((label) => (
        <li key={label} className="chip">
          <span className="clip">{label}</span>
          <Remove
            label={t("remove", { what: label })}
            onClick={() => onChange({ labels: filter.labels.filter((each) => each !== label) })}
          />
        </li>
      ))}
      {parent ? (
        <li className="chip">
          <span className="clip" title={parent}>
            {t("childrenOf", { job: shortId(parent) })}
          </span>
          <Remove
            label={t("remove", { what: t("childrenOf", { job: shortId(parent) }) })}
            onClick={() => onChange({ parent: null })}
          />
        </li>
      ) : null}
      {exact ? (
        <li className="chip">
          {filter.from ? <AbsoluteTime at={filter.from} /> : "…"} – {filter.to ? <AbsoluteTime at={filter.to} /> : "…"}
          <Remove label={t("remove", { what: t("time") })} onClick={() => onChange({ from: null, to: null })} />
        </li>
      ) : null}
    </ul>
  );
}

function Remove({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" className="chip-x" aria-label={label} title={label} onClick={onClick}>
      <Icon as={X} size={12} />
    </button>
  );
}
