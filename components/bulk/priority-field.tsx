"use client";
import { useTranslations } from "next-intl";
import { useState } from "react";
import type { FieldProblem } from "@/components/data/api-error";
import { refusedAt } from "@/components/data/refused-at";
import { Field } from "@/components/ui/field";
import { PRIORITY_BOUND } from "@/lib/priority";

export interface TypedPriority {
  typed: string;
  set: (typed: string) => void;
  value: number;
  wrong: boolean;
}

/** A priority while it is typed. */
export function usePriority(initial = 0): TypedPriority {
  const [typed, set] = useState(String(initial));
  const value = Number(typed);
  const wrong = typed.trim() === "" || !Number.isInteger(value) || Math.abs(value) > PRIORITY_BOUND;
  return { typed, set, value, wrong };
}

export function PriorityField({ priority, refused }: { priority: TypedPriority; refused: readonly FieldProblem[] }) {
  const t = useTranslations("verbs.priority");
  const range = t("range", { least: -PRIORITY_BOUND, most: PRIORITY_BOUND });
  return (
    <Field label={t("value")} hint={range} error={priority.wrong ? range : refusedAt(refused, "priority")}>
      {(control) => (
        <input
          {...control}
          className="input"
          data-autofocus
          inputMode="numeric"
          value={priority.typed}
          onChange={(event) => priority.set(event.target.value)}
        />
      )}
    </Field>
  );
}
