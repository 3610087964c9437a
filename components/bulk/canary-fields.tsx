"use client";
import { useTranslations } from "next-intl";
import type { FieldProblem } from "@/components/data/api-error";
import { refusedAt } from "@/components/data/refused-at";
import { Field } from "@/components/ui/field";

/** How many jobs go first (0: none), and what is done when they have ended. */
export interface CanaryWish {
  count: number;
  goOn: "auto" | "ask";
}

const MOST = 1_000;
const THEN = ["ask", "auto"] as const;

export interface CanaryFieldsProps {
  wish: CanaryWish;
  /** Jobs in all. */
  count: number;
  onChange: (wish: CanaryWish) => void;
  refused: readonly FieldProblem[];
}

/** Whether some jobs go first, and whether a person is asked before the others follow. */
export function CanaryFields({ wish, count, onChange, refused }: CanaryFieldsProps) {
  const t = useTranslations("bulk");
  const first = Math.min(wish.count, count - 1);
  return (
    <>
      <Field label={t("canary")} hint={t("canaryHint")} error={refusedAt(refused, "canary")}>
        {(control) => (
          <input
            {...control}
            className="input"
            type="number"
            min={0}
            max={Math.min(MOST, count - 1)}
            value={wish.count}
            onChange={(event) => onChange({ ...wish, count: whole(event.target.value, Math.min(MOST, count - 1)) })}
          />
        )}
      </Field>
      {first > 0 ? (
        <fieldset className="radios">
          <legend className="label">{t("then")}</legend>
          {THEN.map((goOn) => (
            <label key={goOn} className="check-label">
              <input
                type="radio"
                className="radio"
                name="bulk-then"
                checked={wish.goOn === goOn}
                onChange={() => onChange({ ...wish, goOn })}
              />
              <span>{t(goOn === "ask" ? "thenAsk" : "thenAuto", { count: count - first })}</span>
            </label>
          ))}
        </fieldset>
      ) : null}
    </>
  );
}

function whole(typed: string, most: number): number {
  const number = Math.floor(Number(typed));
  return Number.isFinite(number) ? Math.min(most, Math.max(0, number)) : 0;
}
