"use client";
import { Monitor, Moon, Sun } from "lucide-react";
import { useTranslations } from "next-intl";
import { useSyncExternalStore } from "react";
import { chooseTheme, subscribeTheme, themeOfDocument } from "@/components/shell/preferences";
import { IconButton } from "@/components/ui/button";
import type { LucideIcon } from "@/components/ui/icon";
import { Menu } from "@/components/ui/menu";
import { THEMES, type Theme } from "@/lib/theme";

export const THEME_LABEL = { light: "themeLight", dark: "themeDark", system: "themeSystem" } as const satisfies Record<
  Theme,
  string
>;
export const THEME_ICON: Record<Theme, LucideIcon> = { light: Sun, dark: Moon, system: Monitor };

/** Light, dark, or like the system. */
export function ThemeSwitch() {
  const t = useTranslations("shell");
  const theme = useSyncExternalStore<Theme>(subscribeTheme, themeOfDocument, () => "system");
  return (
    <Menu
      label={t("theme")}
      items={THEMES.map((each) => ({
        label: t(THEME_LABEL[each]),
        icon: THEME_ICON[each],
        checked: each === theme,
        onSelect: () => chooseTheme(each),
      }))}
      trigger={(props) => (
        <IconButton
          {...props}
          icon={THEME_ICON[theme]}
          label={t("themeMenu", { theme: t(THEME_LABEL[theme]) })}
          variant="quiet"
          size="sm"
        />
      )}
    />
  );
}
