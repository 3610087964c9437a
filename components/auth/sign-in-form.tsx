"use client";
import { Lock, Terminal } from "lucide-react";
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
import { Icon } from "@/components/ui/icon";

/** Why somebody comes here: the session `ended`, or they went `out`. */
export type SignInReason = "ended" | "out";

export interface SignInFormProps {
  next: string;
  host: string;
  reason: SignInReason | null;
}

type Errors = Partial<Record<"email" | "password" | "form", string>>;

export function SignInForm({ next, host, reason }: SignInFormProps) {
  const t = useTranslations("auth");
  const session = useSession();
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const { errors, pending, submit } = useSignIn(next, form);

  useEffect(() => {
    if (session.data?.setup_required) router.replace("/setup");
  }, [session.data, router]);

  return (
    <form ref={form} className="form" noValidate onSubmit={submit}>
      <div>
        <h1>{t("signIn")}</h1>
        {host ? <p className="lead">{t.rich("to", { host, b: (chunks) => <b className="w5">{chunks}</b> })}</p> : null}
      </div>
      <FormError text={errors.form} />
      <EmailField error={errors.email} />
      <PasswordField autoComplete="current-password" error={errors.password} />
      <Button type="submit" variant="primary" size="lg" pending={pending} keys={pending ? undefined : "Enter"}>
        {t(pending ? "signingIn" : "signIn")}
      </Button>
      {reason ? (
        <p className="s12 t3 row g6" role="status">
          <Icon as={Lock} size={14} />
          {t(reason === "ended" ? "sessionEnded" : "signedOut")}
        </p>
      ) : null}
      {session.data?.local ? (
        <p className="s12 t3 row g6">
          <Icon as={Terminal} size={14} />
          {t("localHint")}
        </p>
      ) : null}
    </form>
  );
}

function useSignIn(next: string, form: React.RefObject<HTMLFormElement | null>) {
  const t = useTranslations("auth");
  const common = useTranslations("common");
  const [errors, setErrors] = useState<Errors>({});
  const [pending, setPending] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const email = String(values.get("email") ?? "").trim();
    const password = String(values.get("password") ?? "");
    const missing: Errors = {};
    if (!email) missing.email = t("requiredEmail");
    if (!password) missing.password = t("requiredPassword");
    setErrors(missing);
    if (missing.email || missing.password) {
      form.current?.querySelector<HTMLElement>(`[name="${missing.email ? "email" : "password"}"]`)?.focus();
      return;
    }
    setPending(true);
    try {
      await api.post("/api/auth/sign-in/email", { email, password });
      enter(next);
    } catch (error) {
      setErrors({ form: signInError(error, t, common) });
      setPending(false);
    }
  }

  return { errors, pending, submit };
}

function signInError(
  error: unknown,
  t: (key: "wrongCredentials" | "tooMany") => string,
  common: Parameters<typeof errorText>[1],
): string {
  if (error instanceof ApiError && (error.status === 401 || error.code === "wrong_credentials"))
    return t("wrongCredentials");
  if (error instanceof ApiError && error.status === 429) return t("tooMany");
  return errorText(error, common);
}
