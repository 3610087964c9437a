/** The themes a person may choose; `system` follows the device. */
export const THEMES = ["light", "dark", "system"] as const;
export type Theme = (typeof THEMES)[number];

/** Read on the server, so the first paint has the right colours without a script. */
export const THEME_COOKIE = "batuta_theme";

export function themeOf(cookie: string | undefined): Theme {
  return THEMES.includes(cookie as Theme) ? (cookie as Theme) : "system";
}
