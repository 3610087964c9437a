import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type MessageFormatElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { describe, expect, it } from "vitest";
import { LOCALES, pickLocale } from "@/lib/i18n/locales";
import { messagesFor } from "@/lib/i18n/messages";
import { NAMESPACES } from "@/lib/i18n/namespaces";

/** Every message by its dotted key. */
function flat(messages: object, prefix = ""): [string, string][] {
  return Object.entries(messages).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${prefix}${key}`, value] as [string, string]] : flat(value, `${prefix}${key}.`),
  );
}

/** The names of the values and tags that a message needs. */
function names(elements: MessageFormatElement[]): string[] {
  return elements.flatMap((element) => {
    if (element.type === TYPE.literal || element.type === TYPE.pound) return [];
    const own = [element.value];
    if (element.type === TYPE.tag) return [...own, ...names(element.children)];
    if (element.type === TYPE.plural || element.type === TYPE.select) {
      return [...own, ...Object.values(element.options).flatMap((option) => names(option.value))];
    }
    return own;
  });
}

const all = Object.fromEntries(LOCALES.map((locale) => [locale, new Map(flat(messagesFor(locale)))]));
const english = all.en as Map<string, string>;

describe("the messages", () => {
  it("have the same keys in every language", () => {
    for (const locale of LOCALES) {
      const keys = [...(all[locale] as Map<string, string>).keys()].sort();
      console.log(`language keys: ${locale} ${keys.length}`);
      expect(keys).toEqual([...english.keys()].sort());
    }
    expect(english.size).toBeGreaterThan(100);
  });

  it("have a file per namespace and language, and no other", () => {
    for (const locale of LOCALES) {
      const files = readdirSync(join(import.meta.dirname, "../../lib/i18n/messages", locale)).sort();
      expect(files).toEqual(NAMESPACES.map((name) => `${name}.json`).sort());
    }
  });

  it("repeat no key within a file", () => {
    for (const locale of LOCALES) {
      for (const name of NAMESPACES) {
        const text = readFileSync(join(import.meta.dirname, "../../lib/i18n/messages", locale, `${name}.json`), "utf8");
        const written = text.match(/^\s*"(?:[^"\\]|\\.)*":/gm)?.length ?? 0;
        expect(written, `${locale}/${name}.json`).toBe(countKeys(JSON.parse(text)));
      }
    }
  });

  it.each(LOCALES)("parse as ICU messages and need the same values: %s", (locale) => {
    for (const [key, message] of all[locale] as Map<string, string>) {
      expect(message.trim(), `${locale} ${key}`).not.toBe("");
      const needed = new Set(names(parse(message)));
      expect(needed, `${locale} ${key}`).toEqual(new Set(names(parse(english.get(key) as string))));
    }
  });
});

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, each) => sum + 1 + countKeys(each), 0);
}

describe("the language of a request", () => {
  it.each([
    ["es", "en", "es"],
    [undefined, "es-MX,es;q=0.9,en;q=0.5", "es"],
    [undefined, "de,fr;q=0.9", "en"],
    [undefined, "en;q=0.2, es;q=0.4", "es"],
    [undefined, "es;q=0, en", "en"],
    [undefined, "es;q=x, en;q=0.1", "en"],
    ["xx", null, "en"],
    [undefined, null, "en"],
  ])("cookie %s, header %s: %s", (cookie, header, expected) => {
    expect(pickLocale(cookie, header)).toBe(expected);
  });
});
