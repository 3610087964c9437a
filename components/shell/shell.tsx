"use client";
import { CircleHelp, Languages, LogOut, Menu as MenuIcon, Search } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useOperator } from "@/components/data/operator";
import type { Command } from "@/components/shell/commands";
import { DegradedNotice } from "@/components/shell/degraded-notice";
import { useLocaleChange } from "@/components/shell/locale-switch";
import { type NavItem, navOf } from "@/components/shell/nav-items";
import { chooseTheme } from "@/components/shell/preferences";
import { ShortcutSheet } from "@/components/shell/shortcut-sheet";
import { ShortcutProvider, useShortcut } from "@/components/shell/shortcuts";
import { Sidebar } from "@/components/shell/sidebar";
import { THEME_ICON, THEME_LABEL } from "@/components/shell/theme-switch";
import { useSignOut } from "@/components/shell/user-menu";
import { IconButton } from "@/components/ui/button";
import { Mark } from "@/components/ui/mark";
import { LOCALE_NAMES, LOCALES } from "@/lib/i18n/locales";
import { THEMES } from "@/lib/theme";

const Palette = dynamic(() => import("@/components/shell/palette"), { ssr: false });

/** The frame around every page of the dashboard. */
export function Shell({ children }: { children: ReactNode }) {
  return (
    <ShortcutProvider>
      <Frame>{children}</Frame>
    </ShortcutProvider>
  );
}

function Frame({ children }: { children: ReactNode }) {
  const t = useTranslations("shell");
  const router = useRouter();
  const [overlay, setOverlay] = useState<"palette" | "sheet" | "drawer" | null>(null);
  // The browser reports a closed dialog late: by then another one may be open, which has to stay.
  const closed = (which: "palette" | "sheet" | "drawer") => () => setOverlay((now) => (now === which ? null : now));
  const pages = usePages();
  const commands = useCommands(pages, () => setOverlay("sheet"));

  useShortcut({ keys: "mod+k", label: t("shortcutPalette"), group: "general", run: () => setOverlay("palette") });
  useShortcut({ keys: "?", label: t("shortcutSheet"), group: "general", run: () => setOverlay("sheet") });
  useShortcut({ keys: "/", label: t("shortcutFilter"), group: "general", run: focusFilter });

  const sidebar = { onSearch: () => setOverlay("palette"), onShortcuts: () => setOverlay("sheet") };
  return (
    <div className="app">
      <a className="skip-link" href="#main">
        {t("skip")}
      </a>
      {pages.map((item) => (
        <Jump key={item.href} item={item} />
      ))}
      <header className="topbar">
        <IconButton icon={MenuIcon} label={t("openMenu")} variant="quiet" onClick={() => setOverlay("drawer")} />
        <Link className="brand" href="/">
          <Mark />
          Batuta
        </Link>
        <span className="end">
          <IconButton icon={Search} label={t("palette")} variant="quiet" onClick={() => setOverlay("palette")} />
        </span>
      </header>
      <Sidebar {...sidebar} />
      <main className="main" id="main" tabIndex={-1}>
        <DegradedNotice />
        {children}
      </main>
      {overlay === "drawer" ? <Drawer {...sidebar} onClose={closed("drawer")} /> : null}
      {overlay === "palette" ? (
        <Palette commands={commands} onClose={closed("palette")} onOpenJob={(id) => router.push(`/jobs/${id}`)} />
      ) : null}
      <ShortcutSheet open={overlay === "sheet"} onClose={closed("sheet")} />
    </div>
  );
}

function Drawer({
  onClose,
  onSearch,
  onShortcuts,
}: {
  onClose: () => void;
  onSearch: () => void;
  onShortcuts: () => void;
}) {
  const t = useTranslations("shell");
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the drawer closes it; Escape does the same by itself
    <dialog
      ref={dialog}
      className="drawer"
      aria-label={t("sidebar")}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <Sidebar onSearch={onSearch} onShortcuts={onShortcuts} onNavigate={onClose} />
    </dialog>
  );
}

/** The pages that the person may open. */
function usePages(): readonly NavItem[] {
  const { role } = useOperator();
  return useMemo(() => navOf(role).flatMap((group) => group.items), [role]);
}

/** `g` and a letter, for one page. */
function Jump({ item }: { item: NavItem }) {
  const t = useTranslations("shell");
  const router = useRouter();
  useShortcut({ keys: `g ${item.key}`, label: t(item.label), group: "navigation", run: () => router.push(item.href) });
  return null;
}

/** The page's own filter, marked by `data-filter`. */
function focusFilter() {
  document.querySelector<HTMLElement>("[data-filter]")?.focus();
}

function useCommands(pages: readonly NavItem[], openSheet: () => void): Command[] {
  const t = useTranslations("shell");
  const router = useRouter();
  const { locale, change } = useLocaleChange();
  const signOut = useSignOut();
  const latest = useRef({ openSheet, change, signOut });
  useEffect(() => {
    latest.current = { openSheet, change, signOut };
  });
  return useMemo(
    () => [
      ...pages.map(
        (item): Command => ({
          id: item.label,
          label: t(item.label),
          icon: item.icon,
          group: "pages",
          keys: `g ${item.key}`,
          run: () => router.push(item.href),
        }),
      ),
      ...THEMES.map(
        (theme): Command => ({
          id: `theme-${theme}`,
          label: t("themeMenu", { theme: t(THEME_LABEL[theme]) }),
          icon: THEME_ICON[theme],
          group: "actions",
          run: () => chooseTheme(theme),
        }),
      ),
      ...LOCALES.filter((each) => each !== locale).map(
        (each): Command => ({
          id: `locale-${each}`,
          label: t("switchLanguage", { language: LOCALE_NAMES[each] }),
          icon: Languages,
          group: "actions",
          run: () => latest.current.change(each),
        }),
      ),
      {
        id: "sheet",
        label: t("shortcuts"),
        icon: CircleHelp,
        group: "actions",
        keys: "?",
        run: () => latest.current.openSheet(),
      },
      { id: "sign-out", label: t("signOut"), icon: LogOut, group: "actions", run: () => void latest.current.signOut() },
    ],
    [t, router, locale, pages],
  );
}
