"use client";
import { useTranslations } from "next-intl";
import { type ReactNode, useMemo, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { isJsonObject, type JsonObject, type JsonValue, safeParseJson } from "@/lib/json";

/** What stands in a JSON field: its text, and what that says. An empty text is no value. */
export interface JsonText {
  text: string;
  set: (text: string) => void;
  value: JsonValue | undefined;
  /** Why the text cannot be sent. */
  problem: string | null;
}

/** The state of a JSON field that begins with `initial`; `object`: anything else is refused. */
export function useJsonText(initial: JsonValue | undefined, object = false): JsonText {
  const t = useTranslations("json");
  const [text, set] = useState(() => (initial === undefined ? "" : JSON.stringify(initial, null, 2)));
  return useMemo(() => {
    if (text.trim() === "") return { text, set, value: undefined, problem: object ? t("objectNeeded") : null };
    const read = safeParseJson(text);
    if (!read.ok) {
      const { path, message } = read.problem;
      return { text, set, value: undefined, problem: path ? `${path}: ${message}` : message };
    }
    if (object && !isJsonObject(read.value)) return { text, set, value: undefined, problem: t("objectNeeded") };
    return { text, set, value: read.value, problem: null };
  }, [text, object, t]);
}

/** The value of a field that takes objects only; undefined while it has none. */
export function objectOf(json: JsonText): JsonObject | undefined {
  return isJsonObject(json.value) ? json.value : undefined;
}

export interface JsonFieldProps {
  label: string;
  hint?: ReactNode;
  json: JsonText;
  /** What the server says about it. */
  error?: string | undefined;
  rows?: number;
  autoFocus?: boolean;
}

/** JSON to be typed: told at once when it is none, and put into shape at a press. */
export function JsonField({ label, hint, json, error, rows = 8, autoFocus }: JsonFieldProps) {
  const t = useTranslations("json");
  const tidy = () => json.value !== undefined && json.set(JSON.stringify(json.value, null, 2));
  return (
    <Field
      label={label}
      hint={hint}
      error={json.problem ?? error}
      aside={
        <Button size="sm" variant="quiet" disabled={json.value === undefined} onClick={tidy}>
          {t("format")}
        </Button>
      }
    >
      {(control) => (
        <textarea
          {...control}
          className="input mono json-input"
          data-autofocus={autoFocus || undefined}
          rows={rows}
          spellCheck={false}
          autoComplete="off"
          value={json.text}
          onChange={(event) => json.set(event.target.value)}
        />
      )}
    </Field>
  );
}
