"use client";
import { useTranslations } from "next-intl";
import { type FormEvent, type ReactNode, useId, useMemo, useRef, useState } from "react";
import { ApiError, errorText, type FieldProblem } from "@/components/data/api-error";
import { controlId, type FieldErrors } from "@/components/form/field-ids";
import { FormNotice } from "@/components/form/form-notice";
import { SchemaPart } from "@/components/form/schema-part";
import { Button, type ButtonVariant } from "@/components/ui/button";
import type { LucideIcon } from "@/components/ui/icon";
import { fieldMeant } from "@/lib/form/field-path";
import { type Draft, type DraftValue, draftOf, type FormProblem, readForm } from "@/lib/form/form-value";
import { type FormPart, fieldsOf, formOf } from "@/lib/form/schema-fields";
import type { JsonObject } from "@/lib/json";

/** A button that sends the form. */
export interface FormSubmit {
  /** Given to `onSubmit`: which one was pressed. */
  name: string;
  label: string;
  variant?: ButtonVariant;
  icon?: LucideIcon;
  keys?: string;
  /** False for one that may go with an incomplete form ("Reject"); only the server checks then. */
  validate?: boolean;
}

export interface SchemaFormProps {
  /** JSON Schema of an object; null or without properties: only the buttons. */
  schema: JsonObject | null;
  /** What the fields hold at first, instead of the schema's defaults. */
  value?: JsonObject;
  submits: readonly FormSubmit[];
  /** Sends it. A rejected `ApiError` is shown at its fields, any other error above the form. */
  onSubmit: (value: JsonObject, submit: string) => Promise<void>;
  /** How the server names the form in its errors: `initial_data`, `values`. */
  errorPrefix?: string;
  /** The data on the page is old: nothing can be sent. */
  stale?: boolean;
  /** Fields of the page's own before the buttons: a comment, for example. */
  children?: ReactNode;
  /** Beside the buttons: a cancel link, for example. */
  aside?: ReactNode;
}

/** A form made from a JSON Schema, for starting a job and for deciding an approval. */
export function SchemaForm({
  schema,
  value,
  submits,
  onSubmit,
  errorPrefix,
  stale = false,
  children,
  aside,
}: SchemaFormProps) {
  const t = useTranslations("forms");
  const common = useTranslations("common");
  const idBase = useId();
  const parts = useMemo(() => (schema ? formOf(schema) : []), [schema]);
  const form = useSchemaForm({ parts, value, onSubmit, errorPrefix, idBase });

  function onFormSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const pressed = (event.nativeEvent as SubmitEvent).submitter?.getAttribute("value");
    const submit = submits.find((each) => each.name === pressed) ?? submits[0];
    if (submit && !stale) void form.send(submit);
  }

  return (
    <form className="form" noValidate onSubmit={onFormSubmit}>
      <FormNotice errors={form.errors} general={form.general} fields={fieldsOf(parts)} idBase={idBase} />
      {parts.length === 0 && !children ? <p className="hint">{t("noFields")}</p> : null}
      {parts.map((part) => (
        <SchemaPart
          key={part.path}
          part={part}
          idBase={idBase}
          draft={form.draft}
          errors={form.errors}
          onChange={form.change}
          onBusy={form.setBusy}
        />
      ))}
      {children}
      <div className="form-actions">
        {submits.map((submit) => (
          <Button
            key={submit.name}
            type="submit"
            name="submit"
            value={submit.name}
            variant={submit.variant}
            icon={submit.icon}
            keys={submit.keys}
            pending={form.pending !== null}
            disabled={stale}
            title={stale ? common("staleAction") : undefined}
          >
            {form.pending === submit.name ? common("working") : submit.label}
          </Button>
        ))}
        {aside}
      </div>
    </form>
  );
}

interface FormInput {
  parts: readonly FormPart[];
  value: JsonObject | undefined;
  onSubmit: SchemaFormProps["onSubmit"];
  errorPrefix: string | undefined;
  idBase: string;
}

function useSchemaForm({ parts, value, onSubmit, errorPrefix, idBase }: FormInput) {
  const t = useTranslations("forms");
  const common = useTranslations("common");
  const [draft, setDraft] = useState<Draft>(() => draftOf(parts, value));
  const [errors, setErrors] = useState<FieldErrors>({});
  const [general, setGeneral] = useState<readonly string[]>([]);
  const [pending, setPending] = useState<string | null>(null);
  const busy = useRef(new Set<string>());

  function show(fields: FieldErrors, others: readonly string[]) {
    setErrors(fields);
    setGeneral(others);
    const first = fieldsOf(parts).find((field) => fields[field.path]);
    if (first) document.getElementById(controlId(idBase, first.path))?.focus();
  }

  function refused(error: unknown) {
    if (!(error instanceof ApiError) || error.fields.length === 0) return show({}, [errorText(error, common)]);
    const { known, unknown } = sorted(error.fields, parts, errorPrefix);
    show(
      known,
      unknown.map(({ field, message }) => t("notAllowedHere", { field, message })),
    );
  }

  async function send(submit: FormSubmit) {
    if (pending !== null) return;
    if (busy.current.size > 0) return show({}, [t("stillUploading")]);
    const { value: result, problems } = readForm(parts, draft);
    if (problems.length > 0 && submit.validate !== false) {
      return show(Object.fromEntries(problems.map((problem) => [problem.path, words(problem, t)])), []);
    }
    show({}, []);
    setPending(submit.name);
    try {
      await onSubmit(result, submit.name);
    } catch (error) {
      refused(error);
    } finally {
      setPending(null);
    }
  }

  function change(path: string, next: DraftValue) {
    setDraft((all) => ({ ...all, [path]: next }));
    setErrors(({ [path]: _, ...others }) => others);
  }

  function setBusy(path: string, isBusy: boolean) {
    if (isBusy) busy.current.add(path);
    else busy.current.delete(path);
  }

  return { draft, errors, general, pending, send, change, setBusy };
}

function sorted(fields: readonly FieldProblem[], parts: readonly FormPart[], prefix: string | undefined) {
  const paths = fieldsOf(parts).map((field) => field.path);
  const known: FieldErrors = {};
  const unknown: FieldProblem[] = [];
  for (const problem of fields) {
    const path = fieldMeant(problem.field, paths, prefix);
    if (path) known[path] ??= problem.message;
    else unknown.push(problem);
  }
  return { known, unknown };
}

function words(problem: FormProblem, t: ReturnType<typeof useTranslations<"forms">>): string {
  const { code, label, limit = 0, detail = "" } = problem;
  switch (code) {
    case "errorJson":
      return t(code, { label, error: detail });
    case "errorPattern":
      return t(code, { label, pattern: detail });
    default:
      return t(code, { label, limit });
  }
}
