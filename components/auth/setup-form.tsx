"use client";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { EmailField } from "@/components/auth/email-field";
import { FormError } from "@/components/auth/form-error";
import { PasswordField } from "@/components/auth/password-field";
import { enter, useSession } from "@/components/auth/session";
import { api } from "@/components/data/api";
import { ApiError, errorText } from "@/components/data/api-error";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";

const PASSWORD_LENGTH = 12;
const FIELDS = ["name", "email", "password", "setup_token"] as const;
type FieldName = (typeof FIELDS)[number];
type Values = Record<FieldName, string>;
type Errors = Partial<Record<FieldName | "form", string>>;

/** Makes the first operator, who is an administrator. */
export function SetupForm() {
  const t = useTranslations("auth");
  const session = useSession();
  const router = useRouter();
  const { errors, pending, submit } = useSetup();

  useEffect(() => {
    if (session.data && !session.data.setup_required) router.replace("/sign-in");
  }, [session.data, router]);

  return (
    <form className="form" noValidate onSubmit={submit}>
      <div>
        <h1>{t("setupTitle")}</h1>
        <p className="lead">{t("setupLead")}</p>
      </div>
      <FormError text={errors.form} />
      <Field label={t("name")} hint={t("nameHint")} error={errors.name} required>
        {(control) => <input {...control} className="input input-lg" name="name" autoComplete="name" maxLength={120} />}
      </Field>
      <EmailField error={errors.email} required />
      <PasswordField
        autoComplete="new-password"
        hint={t("passwordHint", { count: PASSWORD_LENGTH })}
        error={errors.password}
      />
      {session.data && !session.data.local ? (
        <Field label={t("setupToken")} hint={t("setupTokenHint")} error={errors.setup_token} required>
          {(control) => (
            <input
              {...control}
              className="input input-lg mono"
              name="setup_token"
              autoComplete="off"
              maxLength={200}
              spellCheck={false}
            />
          )}
        </Field>
      ) : null}
      <Button type="submit" variant="primary" size="lg" pending={pending} keys={pending ? undefined : "Enter"}>
        {t(pending ? "creating" : "createAccount")}
      </Button>
      <Link className="linkish s12" href="/sign-in">
        {t("signIn")}
      </Link>
    </form>
  );
}

function useSetup() {
  const t = useTranslations("auth");
  const common = useTranslations("common");
  const [errors, setErrors] = useState<Errors>({});
  const [pending, setPending] = useState(false);
  const running = useRef(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (running.current) return;
    const form = event.currentTarget;
    const values = valuesOf(new FormData(form));
    const found = problemsOf(values, t);
    setErrors(found);
    const first = FIELDS.find((field) => found[field]);
    if (first) return focus(form, first);
    running.current = true;
    setPending(true);
    try {
      const { setup_token, ...body } = values;
      await api.post("/api/v1/setup", setup_token ? { ...body, setup_token } : body);
      enter("/");
    } catch (error) {
      const refused = fieldErrors(error);
      setErrors(Object.keys(refused).length > 0 ? refused : { form: errorText(error, common) });
      const field = FIELDS.find((name) => refused[name]);
      if (field) focus(form, field);
      setPending(false);
      running.current = false;
    }
  }

  return { errors, pending, submit };
}

function valuesOf(data: FormData): Values {
  const text = (name: FieldName) => String(data.get(name) ?? "");
  return {
    name: text("name").trim(),
    email: text("email").trim(),
    password: text("password"),
    setup_token: text("setup_token").trim(),
  };
}

function problemsOf(values: Values, t: ReturnType<typeof useTranslations<"auth">>): Errors {
  const errors: Errors = {};
  if (!values.name) errors.name = t("requiredName");
  if (!values.email) errors.email = t("requiredEmail");
  else if (!/^[^\s@]+@[^\s@]+$/.test(values.email)) errors.email = t("invalidEmail");
  if (values.password.length < PASSWORD_LENGTH) errors.password = t("shortPassword", { count: PASSWORD_LENGTH });
  return errors;
}

function fieldErrors(error: unknown): Errors {
  if (!(error instanceof ApiError)) return {};
  const known = error.fields.filter(({ field }) => FIELDS.includes(field as FieldName));
  return Object.fromEntries(known.map(({ field, message }) => [field, message]));
}

function focus(form: HTMLFormElement, name: FieldName) {
  form.querySelector<HTMLElement>(`[name="${name}"]`)?.focus();
}
