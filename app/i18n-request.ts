import { cookies, headers } from "next/headers";
import { getRequestConfig } from "next-intl/server";
import { LOCALE_COOKIE, pickLocale } from "@/lib/i18n/locales";
import { messagesFor } from "@/lib/i18n/messages";

/** Language by cookie, else by the browser's list; no prefix in the URL, so links can be shared between people. */
export default getRequestConfig(async () => {
  const [cookieStore, headerStore] = await Promise.all([cookies(), headers()]);
  const locale = pickLocale(cookieStore.get(LOCALE_COOKIE)?.value, headerStore.get("accept-language"));
  // The server never knows the person's zone: it prints UTC, and the browser changes that after hydration.
  return { locale, messages: messagesFor(locale), timeZone: "UTC" };
});
