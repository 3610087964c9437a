import { isLocale, LOCALE_COOKIE, type Locale, pickLocale } from "@/lib/i18n/locales";
import { THEME_COOKIE, themeOf } from "@/lib/theme";

const TEXTS: Record<Locale, { title: string; lead: string; back: string; script: string }> = {
  en: {
    title: "Batuta API",
    lead: "Give a token under “Authorize”, or be signed in: then the blueprints that you may start are here, too.",
    back: "Back to the dashboard",
    script: "This page needs JavaScript. The same document as JSON:",
  },
  es: {
    title: "API de Batuta",
    lead: "Indica un token en «Authorize» o inicia sesión: así aparecen también los blueprints que puedes iniciar.",
    back: "Volver al panel",
    script: "Esta página necesita JavaScript. El mismo documento en JSON:",
  },
};

/** Scripts and styles from our own origin only, nothing inline; the library draws its icons from `data:`. */
export const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

export interface DocsPageOptions {
  headers: Headers;
  /** Where the document is. */
  documentUrl: string;
  /** Of the library. */
  version: string;
}

/** The page in the language and the colours that the request's cookies ask for. */
export function docsPage({ headers, documentUrl, version }: DocsPageOptions): string {
  const cookies = cookiesOf(headers.get("cookie") ?? "");
  const locale = pickLocale(cookies.get(LOCALE_COOKIE), headers.get("accept-language"));
  const theme = themeOf(cookies.get(THEME_COOKIE));
  const text = TEXTS[isLocale(locale) ? locale : "en"];
  const asset = (name: string) => `/_public/docs/${name}?v=${version}`;
  return `<!doctype html>
<html lang="${locale}" data-theme="${theme}"${theme === "dark" ? ' class="dark-mode"' : ""}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${asset("swagger-ui.css")}">
<link rel="stylesheet" href="${asset("page.css")}">
<script src="${asset("theme.js")}"></script>
</head>
<body>
<header class="frame"><h1>${text.title}</h1><p>${text.lead}</p><a href="/">${text.back}</a></header>
<main id="docs" data-document="${documentUrl}"></main>
<noscript><p>${text.script} <a href="${documentUrl}">${documentUrl}</a></p></noscript>
<script src="${asset("swagger-ui-bundle.js")}"></script>
<script src="${asset("page.js")}"></script>
</body>
</html>
`;
}

function cookiesOf(text: string): Map<string, string> {
  return new Map(
    text.split(";").flatMap((each): [string, string][] => {
      const at = each.indexOf("=");
      return at < 0 ? [] : [[each.slice(0, at).trim(), each.slice(at + 1).trim()]];
    }),
  );
}
