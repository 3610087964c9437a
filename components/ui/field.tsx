"use client";
import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import { Icon } from "@/components/ui/icon";

/** What the control inside a field must carry, so that label, hint and error are read out with it. */
export interface FieldControl {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
  "aria-required": true | undefined;
}

export interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  required?: boolean;
  /** A link or button on the label's line. */
  aside?: ReactNode;
  id?: string;
  children: (control: FieldControl) => ReactNode;
}

/** A labelled control with its hint and its error. */
export function Field({ label, hint, error, required, aside, id, children }: FieldProps) {
  const t = useTranslations("forms");
  const ownId = useId();
  const controlId = id ?? ownId;
  const hintId = hint ? `${controlId}-hint` : undefined;
  const errorId = error ? `${controlId}-error` : undefined;
  return (
    <div className="field">
      <div className="field-head">
        <label className="label" htmlFor={controlId}>
          {label}
          {required ? (
            <span className="req">
              <span aria-hidden="true"> *</span>
              <span className="vh"> ({t("required")})</span>
            </span>
          ) : null}
        </label>
        {aside ? <span className="end">{aside}</span> : null}
      </div>
      {children({
        id: controlId,
        "aria-describedby": [errorId, hintId].filter(Boolean).join(" ") || undefined,
        "aria-invalid": error ? true : undefined,
        "aria-required": required ? true : undefined,
      })}
      <FieldError id={errorId} error={error} />
      {hint ? (
        <p className="hint" id={hintId}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}

export function FieldError({ id, error }: { id: string | undefined; error: string | undefined }) {
  if (!error) return null;
  return (
    <p className="err" id={id}>
      <Icon as={CircleAlert} size={14} />
      <span>{error}</span>
    </p>
  );
}
