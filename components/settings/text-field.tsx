"use client";
import { Field } from "@/components/ui/field";

interface TextFieldProps {
  label: string;
  hint?: string;
  error?: string | undefined;
  required?: boolean;
  inputMode?: "numeric";
  value: string;
  onChange: (value: string) => void;
}

/** One line of text. */
export function TextField({ label, hint, error, required, inputMode, value, onChange }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} required={required ?? false}>
      {(control) => (
        <input
          {...control}
          className="input"
          autoComplete="off"
          spellCheck={false}
          inputMode={inputMode}
          data-autofocus={required || undefined}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
