"use client";
import { useTranslations } from "next-intl";
import type { JsonObject, JsonValue } from "@/lib/json";
import { type JsonChange, jsonChanges } from "@/lib/json-changes";

const MOST_ROWS = 40;
const LONGEST = 400;

/** What is different, place by place: the old value struck out in one row, the new one in the next. */
export function JsonDiff({ label, before, after }: { label: string; before: JsonObject; after: JsonObject }) {
  const t = useTranslations("json");
  const changes = jsonChanges(before, after);
  const rest = changes.length - MOST_ROWS;
  return (
    <section className="codebox diff" aria-label={label}>
      <div className="codebox-h">
        {label} <span className="t3">{t("changes", { count: changes.length })}</span>
      </div>
      {changes.length > 0 ? (
        <ul>
          {changes.slice(0, MOST_ROWS).map((change) => (
            <Change key={change.path} change={change} />
          ))}
        </ul>
      ) : null}
      {rest > 0 ? <p className="hint">{t("moreChanges", { count: rest })}</p> : null}
    </section>
  );
}

function Change({ change }: { change: JsonChange }) {
  const t = useTranslations("json");
  const { path, before, after } = change;
  return (
    <li>
      {before === undefined ? null : (
        <div data-s="failed">
          <span aria-hidden="true">−</span> <span className="vh">{t("was")}</span>
          <del>
            <b>{path}</b> {short(before)}
          </del>
        </div>
      )}
      {after === undefined ? null : (
        <div data-s="succeeded">
          <span aria-hidden="true">+</span> <span className="vh">{t("becomes")}</span>
          <ins>
            <b>{path}</b> {short(after)}
          </ins>
        </div>
      )}
    </li>
  );
}

function short(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
