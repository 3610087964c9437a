"use client";
import { Eye, EyeOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { IconButton } from "@/components/ui/button";
import { Field } from "@/components/ui/field";

export interface PasswordFieldProps {
  autoComplete: "current-password" | "new-password";
  hint?: string;
  error: string | undefined;
}

/** A password that can be shown; pasting and password managers are welcome. Its name in the form is `password`. */
export function PasswordField({ autoComplete, hint, error }: PasswordFieldProps) {
  const t = useTranslations("auth");
  const [shown, setShown] = useState(false);
  return (
    <Field label={t("password")} hint={hint} error={error} required={autoComplete === "new-password"}>
      {(control) => (
        <div className="input input-lg" aria-invalid={control["aria-invalid"]}>
          <input
            {...control}
            name="password"
            type={shown ? "text" : "password"}
            autoComplete={autoComplete}
            maxLength={128}
          />
          <IconButton
            icon={shown ? EyeOff : Eye}
            label={t(shown ? "hidePassword" : "showPassword")}
            aria-pressed={shown}
            variant="quiet"
            size="sm"
            onClick={() => setShown(!shown)}
          />
        </div>
      )}
    </Field>
  );
}
