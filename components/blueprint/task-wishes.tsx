"use client";
import { useTranslations } from "next-intl";
import { specsOf, type Wish, wishesOf } from "@/components/blueprint/task-wish";
import type { BlueprintState } from "@/lib/blueprint/document";
import type { Messages } from "@/lib/i18n/messages";

type Strategy = keyof Messages["blueprints"]["wish"]["strategy"];

/** Whether a state asks for more than a skill. */
export function asksForMore(state: BlueprintState | undefined): boolean {
  return specsOf(state).some((spec) => wishesOf(spec).length > 0);
}

/** What the tasks of a state ask of their workers, as small chips; nothing for those that ask for their skill only. */
export function TaskWishes({ state }: { state: BlueprintState | undefined }) {
  const specs = specsOf(state);
  return (
    <>
      {specs.map((spec, index) => {
        const wishes = wishesOf(spec);
        if (wishes.length === 0) return null;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a document does not change, and two tasks may be of one type
          <span className="wishes" key={index}>
            {specs.length > 1 ? <span className="mono s12 t3">{spec.task_type}</span> : null}
            {wishes.map((wish) => (
              <Chip key={`${wish.kind} ${wish.text}`} wish={wish} />
            ))}
          </span>
        );
      })}
    </>
  );
}

function Chip({ wish: { kind, text } }: { wish: Wish }) {
  const t = useTranslations("blueprints.wish");
  if (kind === "max_cost" || kind === "skill_version" || kind === "skill_type")
    return <span className="chip soft">{t(kind, { value: text })}</span>;
  if (kind === "strategy") {
    const key = `strategy.${text}` as `strategy.${Strategy}`;
    return (
      <span className="chip" title={text}>
        {t.has(key) ? t(key) : text}
      </span>
    );
  }
  return (
    <span className="chip soft">
      <span>
        <span className="t3">{t(kind)}</span> <span className="mono">{text}</span>
      </span>
    </span>
  );
}
