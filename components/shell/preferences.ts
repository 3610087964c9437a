import { LOCALE_COOKIE, type Locale } from "@/lib/i18n/locales";
import { THEME_COOKIE, type Theme } from "@/lib/theme";

const YEAR_SECONDS = 365 * 24 * 3600;

function setCookie(name: string, value: string) {
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  // The server reads these for the first paint, so local storage would be too late.
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox before 140
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
}

/** Changes the colours at once and for the next visits. */
export function chooseTheme(theme: Theme): void {
  setCookie(THEME_COOKIE, theme);
  document.documentElement.dataset.theme = theme;
  window.dispatchEvent(new Event(THEME_EVENT));
}

/** Remembers the language; the page has to be asked for again, since the server writes the words. */
export function chooseLocale(locale: Locale): void {
  setCookie(LOCALE_COOKIE, locale);
}

const THEME_EVENT = "batuta:theme";

/** For `useSyncExternalStore`: hears of the theme in this tab. */
export function subscribeTheme(listener: () => void): () => void {
  window.addEventListener(THEME_EVENT, listener);
  return () => window.removeEventListener(THEME_EVENT, listener);
}

export function themeOfDocument(): Theme {
  return (document.documentElement.dataset.theme ?? "system") as Theme;
}
