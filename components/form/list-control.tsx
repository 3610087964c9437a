"use client";
import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useRef } from "react";
import { Button, IconButton } from "@/components/ui/button";
import type { FieldControl } from "@/components/ui/field";

export interface ListControlProps {
  control: FieldControl;
  label: string;
  values: readonly string[];
  onChange: (values: string[]) => void;
}

/** A list of short texts, one input each. Enter in the last one adds another. */
export function ListControl({ control, label, values, onChange }: ListControlProps) {
  const t = useTranslations("forms");
  const list = useRef<HTMLUListElement>(null);

  function add() {
    onChange([...values, ""]);
    requestAnimationFrame(() => list.current?.querySelector<HTMLInputElement>("li:last-child input")?.focus());
  }

  function remove(index: number) {
    onChange(values.filter((_, at) => at !== index));
    requestAnimationFrame(() => document.getElementById(control.id)?.focus());
  }

  return (
    <div className="list-input">
      <ul className="list-input" ref={list}>
        {values.map((value, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries have no identity but their place, and the inputs are controlled
          <li key={index}>
            <input
              className="input"
              aria-label={t("item", { label, index: index + 1 })}
              aria-invalid={control["aria-invalid"]}
              autoComplete="off"
              value={value}
              onChange={(event) => onChange(values.map((each, at) => (at === index ? event.target.value : each)))}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || index !== values.length - 1) return;
                event.preventDefault();
                add();
              }}
            />
            <IconButton
              icon={X}
              label={t("removeItem", { index: index + 1, label })}
              variant="quiet"
              onClick={() => remove(index)}
            />
          </li>
        ))}
      </ul>
      <span>
        <Button
          id={control.id}
          aria-describedby={control["aria-describedby"]}
          size="sm"
          icon={Plus}
          aria-label={t("addItemTo", { label })}
          onClick={add}
        >
          {t("addItem")}
        </Button>
      </span>
    </div>
  );
}
