"use client";
import { Terminal } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { FormError } from "@/components/auth/form-error";
import { enter } from "@/components/auth/session";
import { api } from "@/components/data/api";
import { ApiError, errorText } from "@/components/data/api-error";
import { Button } from "@/components/ui/button";

/** The one-time link of a local start. It signs in by a button, so that a preview of the link doesn't use it up. */
export function LocalSignIn({ token, next }: { token: string; next: string }) {
  const t = useTranslations("auth");
  const common = useTranslations("common");
  const [error, setError] = useState<string>();
  const [pending, setPending] = useState(false);

  async function signIn() {
    setPending(true);
    setError(undefined);
    try {
      await api.post("/api/v1/session/local", { token });
      enter(next);
    } catch (failure) {
      const spent =
        failure instanceof ApiError && failure.status >= 400 && failure.status < 500 && failure.status !== 429;
      setError(spent ? t("localSpent") : errorText(failure, common));
      setPending(false);
    }
  }

  return (
    <div className="form">
      <div>
        <h1>{t("localTitle")}</h1>
        <p className="lead">{t("localLead")}</p>
      </div>
      <FormError text={error} />
      <Button variant="primary" size="lg" icon={Terminal} pending={pending} onClick={() => void signIn()}>
        {pending ? t("signingIn") : t("localButton")}
      </Button>
      <p className="auth-or">{t("or")}</p>
      <Link className="linkish" href="/sign-in">
        {t("signIn")}
      </Link>
    </div>
  );
}
