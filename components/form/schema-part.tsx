"use client";
import { useTranslations } from "next-intl";
import { controlId, type FieldErrors } from "@/components/form/field-ids";
import { FilesControl } from "@/components/form/files-control";
import { ListControl } from "@/components/form/list-control";
import { Checkbox } from "@/components/ui/checkbox";
import { Field, type FieldControl, FieldError } from "@/components/ui/field";
import type { Draft, DraftValue, UploadedFile } from "@/lib/form/form-value";
import type { FormField, FormPart } from "@/lib/form/schema-fields";

export interface SchemaPartProps {
  part: FormPart;
  idBase: string;
  draft: Draft;
  errors: FieldErrors;
  onChange: (path: string, value: DraftValue) => void;
  /** An upload is on its way, or has ended. */
  onBusy: (path: string, busy: boolean) => void;
}

/** A field of the schema, or a group of them under its heading. */
export function SchemaPart({ part, ...rest }: SchemaPartProps) {
  if (part.kind !== "group") return <SchemaField field={part} {...rest} />;
  return (
    <fieldset className="fieldset">
      <legend>{part.label}</legend>
      {part.hint ? <p className="hint">{part.hint}</p> : null}
      {part.parts.map((inner) => (
        <SchemaPart key={inner.path} part={inner} {...rest} />
      ))}
    </fieldset>
  );
}

type FieldProps = Omit<SchemaPartProps, "part"> & { field: FormField };

function SchemaField({ field, idBase, draft, errors, onChange, onBusy }: FieldProps) {
  const id = controlId(idBase, field.path);
  const error = errors[field.path];
  const change = (value: DraftValue) => onChange(field.path, value);
  if (field.kind === "boolean")
    return <BooleanField id={id} field={field} error={error} on={draft[field.path] === true} onChange={change} />;
  return (
    <Field id={id} label={field.label} hint={field.hint} error={error} required={field.required}>
      {(control) => {
        if (field.kind === "files") {
          const files = (draft[field.path] as UploadedFile[] | undefined) ?? [];
          return (
            <FilesControl
              control={control}
              field={field}
              files={files}
              onChange={change}
              onBusy={(busy) => onBusy(field.path, busy)}
            />
          );
        }
        if (field.kind === "strings") {
          return (
            <ListControl
              control={control}
              label={field.label}
              values={(draft[field.path] as string[] | undefined) ?? []}
              onChange={change}
            />
          );
        }
        return (
          <TextControl control={control} field={field} value={String(draft[field.path] ?? "")} onChange={change} />
        );
      }}
    </Field>
  );
}

interface BooleanFieldProps {
  id: string;
  field: FormField;
  error: string | undefined;
  on: boolean;
  onChange: (on: boolean) => void;
}

function BooleanField({ id, field, error, on, onChange }: BooleanFieldProps) {
  const hintId = field.hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  return (
    <div className="field">
      <Checkbox
        id={id}
        checked={on}
        aria-describedby={[errorId, hintId].filter(Boolean).join(" ") || undefined}
        aria-invalid={error ? true : undefined}
        onChange={(event) => onChange(event.target.checked)}
      >
        {field.label}
      </Checkbox>
      <FieldError id={errorId} error={error} />
      {field.hint ? (
        <p className="hint" id={hintId}>
          {field.hint}
        </p>
      ) : null}
    </div>
  );
}

interface TextControlProps {
  control: FieldControl;
  field: FormField;
  value: string;
  onChange: (value: string) => void;
}

function TextControl({ control, field, value, onChange }: TextControlProps) {
  const t = useTranslations("forms");
  const change = (event: { target: { value: string } }) => onChange(event.target.value);
  switch (field.kind) {
    case "choice":
      return (
        <select {...control} className="input" value={value} onChange={change}>
          <option value="">{t(field.required ? "choose" : "unset")}</option>
          {field.choices.map((choice, index) => (
            <option key={JSON.stringify(choice.value)} value={String(index)}>
              {choice.label}
            </option>
          ))}
        </select>
      );
    case "textarea":
      return <textarea {...control} className="input" rows={4} value={value} onChange={change} />;
    case "json":
      return (
        <textarea
          {...control}
          className="input mono"
          rows={5}
          spellCheck={false}
          placeholder="{ }"
          value={value}
          onChange={change}
        />
      );
    case "number":
    case "integer":
      // Not type=number: it drops what it can't read without a word, and changes by the wheel.
      return (
        <input
          {...control}
          className="input"
          inputMode={field.kind === "integer" ? "numeric" : "decimal"}
          autoComplete="off"
          value={value}
          onChange={change}
        />
      );
    default:
      return (
        <input
          {...control}
          className="input"
          type={INPUT_TYPES[field.format ?? ""] ?? "text"}
          autoComplete="off"
          value={value}
          onChange={change}
        />
      );
  }
}

const INPUT_TYPES: Record<string, string> = { email: "email", uri: "url", date: "date", time: "time" };
