"use client";
import { ChevronDown, Languages } from "lucide-react";
import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useTransition } from "react";
import { chooseLocale } from "@/components/shell/preferences";
import { Button } from "@/components/ui/button";
import { Menu } from "@/components/ui/menu";
import { LOCALE_NAMES, LOCALES, type Locale } from "@/lib/i18n/locales";

/** The next language and how to change to it; the page keeps its place and its state. */
export function useLocaleChange() {
  const locale = useLocale();
  const router = useRouter();
  const [pending, start] = useTransition();
  const change = (next: Locale) => {
    chooseLocale(next);
    start(() => router.refresh());
  };
  return { locale, pending, change };
}

/** The languages, by two letters in the sidebar or by name (`named`) on the sign-in page. */
export function LocaleSwitch({ named = false }: { named?: boolean }) {
  const t = useTranslations("shell");
  const { locale, pending, change } = useLocaleChange();
  return (
    <Menu
      label={t("language")}
      items={LOCALES.map((each) => ({
        label: LOCALE_NAMES[each],
        checked: each === locale,
        onSelect: () => change(each),
      }))}
      trigger={(props) => (
        <Button
          {...props}
          variant="quiet"
          size="sm"
          pending={pending}
          icon={named ? Languages : undefined}
          trailingIcon={named ? ChevronDown : undefined}
          aria-label={`${t("language")}: ${LOCALE_NAMES[locale]}`}
        >
          {named ? LOCALE_NAMES[locale] : locale.toUpperCase()}
        </Button>
      )}
    />
  );
}
