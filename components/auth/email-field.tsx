"use client";
import { useTranslations } from "next-intl";
import { Field } from "@/components/ui/field";

/** The e-mail address that somebody signs in with. Its name in the form is `email`. */
export function EmailField({ error, required = false }: { error: string | undefined; required?: boolean }) {
  const t = useTranslations("auth");
  return (
    <Field label={t("email")} error={error} required={required}>
      {(control) => (
        <input
          {...control}
          className="input input-lg"
          name="email"
          type="email"
          autoComplete="username"
          inputMode="email"
          maxLength={254}
          spellCheck={false}
        />
      )}
    </Field>
  );
}
