"use client";
import { CircleHelp, LogOut } from "lucide-react";
import { useTranslations } from "next-intl";
import { api } from "@/components/data/api";
import { errorText } from "@/components/data/api-error";
import { useOperator } from "@/components/data/operator";
import { Menu } from "@/components/ui/menu";
import { useToasts } from "@/components/ui/toasts";

/** The person at the screen, with the way out. */
export function UserMenu() {
  const t = useTranslations("shell");
  const operator = useOperator();
  const signOut = useSignOut();
  const name = operator.name || operator.email;
  return (
    <Menu
      label={t("userMenu", { name })}
      head={
        <>
          {operator.email}
          <br />
          {t("role", { role: operator.role })}
        </>
      }
      items={[
        { label: t("apiDocs"), icon: CircleHelp, onSelect: () => window.location.assign("/_public/docs") },
        { label: t("signOut"), icon: LogOut, onSelect: () => void signOut() },
      ]}
      trigger={(props) => (
        <button {...props} type="button" className="btn btn-quiet who" aria-label={t("userMenu", { name })}>
          <span className="avatar" aria-hidden="true">
            {initialsOf(name)}
          </span>
          <span className="s12 w5 clip">{name}</span>
        </button>
      )}
    />
  );
}

/** Ends the session and shows the sign-in page, by a full load so that nothing read so far stays in memory. */
export function useSignOut(): () => Promise<void> {
  const t = useTranslations("shell");
  const common = useTranslations("common");
  const toasts = useToasts();
  return async () => {
    try {
      await api.post("/api/auth/sign-out", {});
      window.location.assign("/sign-in?reason=out");
    } catch (error) {
      toasts.error(t("signOutFailed", { error: errorText(error, common) }));
    }
  };
}

/** At most two letters: of the first and the last word. */
export function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/[\s@._-]+/)
    .filter(Boolean);
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words.slice(0, 1);
  return (
    picked
      .map((word) => [...(word ?? "")][0] ?? "")
      .join("")
      .toUpperCase() || "?"
  );
}
