import Link from "next/link";
import { getTranslations } from "next-intl/server";
import type { ReactNode } from "react";
import { Score } from "@/components/auth/score";
import { LocaleSwitch } from "@/components/shell/locale-switch";
import { ThemeSwitch } from "@/components/shell/theme-switch";
import { Mark } from "@/components/ui/mark";

/** The form on the left, the score on the right; on a phone only the form. */
export default async function AuthLayout({ children }: { children: ReactNode }) {
  const t = await getTranslations("auth");
  return (
    <div className="auth">
      <main className="auth-form" id="main">
        <Link className="brand" href="/">
          <Mark size={26} />
          Batuta
        </Link>
        <div className="auth-body">{children}</div>
        <footer className="auth-foot">
          <span className="end row g4">
            <LocaleSwitch named />
            <ThemeSwitch />
          </span>
        </footer>
      </main>
      <aside className="auth-art" aria-label={t("tagline")}>
        <Score />
        <div className="auth-cap">
          <b>{t("tagline")}</b>
          <p>{t("taglineBody")}</p>
        </div>
      </aside>
    </div>
  );
}
