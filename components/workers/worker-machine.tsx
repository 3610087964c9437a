"use client";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { devicesOf, propertiesOf, shortText } from "@/components/workers/standing";
import type { WorkerRecord } from "@/lib/api/worker";

/** What a worker tells of its machine: what requirements of tasks are compared with. */
export function WorkerMachine({ row }: { row: WorkerRecord }) {
  const t = useTranslations("workers");
  const devices = devicesOf(row).map(wordsOf);
  const properties = propertiesOf(row).map(([name, value]) => `${name} ${value}`);
  const software = Object.entries(row.installed_software).map(([name, version]) => `${name} ${version}`);
  const artifacts = row.installed_artifacts.map(wordsOf);
  const extra = Object.entries(row.capabilities.extra).map(([name, value]) => `${name} ${shortText(value)}`);
  const told = [devices, properties, software, artifacts, extra].some(({ length }) => length > 0);
  return (
    <section className="panel framed" aria-labelledby="worker-machine">
      <header className="panel-h">
        <h2 id="worker-machine">{t("machine")}</h2>
      </header>
      {told ? (
        <dl className="kv panel-b">
          <Part name={t("devices")} words={devices} />
          <Part name={t("resources")} words={properties} />
          <Part name={t("software")} words={software} />
          <Part name={t("artifacts")} words={artifacts} />
          <Part name={t("labels")} words={extra} />
        </dl>
      ) : (
        <p className="panel-b t2">{t(row.kind === "own" ? "ownMachine" : "toldNothing")}</p>
      )}
    </section>
  );
}

function Part({ name, words }: { name: ReactNode; words: readonly string[] }) {
  if (words.length === 0) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd className="skills">
        {words.map((word, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two devices may be told in the same words, and none moves
          <span key={index} className="chip soft mono anywhere">
            {word}
          </span>
        ))}
      </dd>
    </>
  );
}

/** A device or an artifact in a line: its names, then its properties. */
function wordsOf(thing: object): string {
  const { properties, ...names } = thing as { properties?: unknown };
  const own = Object.entries(names).map(([name, value]) => (name === "id" ? `#${shortText(value)}` : shortText(value)));
  const more = typeof properties === "object" && properties !== null ? Object.entries(properties) : [];
  return [...own, ...more.map(([name, value]) => `${name} ${shortText(value)}`)].join(" ");
}
