import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";

/** The figures of a published report, as far as they are there. */
export interface Summary {
  languages: { language: string; share: number; chunks: number }[];
  keywords: { term: string; chunks: number }[];
  personalData: { total: number; byKind: [string, number][]; places: PersonalDataPlace[] };
  readability: { average: number | null; levels: [string, number][] };
  files: FileFigures[];
}

export interface PersonalDataPlace {
  kind: string;
  masked: string;
  name: string;
  page: number;
}

export interface FileFigures {
  name: string;
  title: string | null;
  pages: number;
  words: number;
  chunks: number;
  language: string;
  readability: number | null;
  personalData: number;
}

/** Reads the summary of a report; a part that an older report lacks is empty. */
export function summaryOf(summary: JsonObject): Summary {
  const personal = objectOf(summary.personal_data);
  const readability = objectOf(summary.readability);
  return {
    languages: objectsOf(summary.languages).map((each) => ({
      language: textOf(each.language),
      share: numberOf(each.share),
      chunks: numberOf(each.chunks),
    })),
    keywords: objectsOf(summary.keywords).map((each) => ({ term: textOf(each.term), chunks: numberOf(each.chunks) })),
    personalData: {
      total: numberOf(personal.total),
      byKind: countsOf(personal.by_kind).filter(([, count]) => count > 0),
      places: objectsOf(personal.places).map((each) => ({
        kind: textOf(each.kind),
        masked: textOf(each.masked),
        name: textOf(each.name),
        page: numberOf(each.page),
      })),
    },
    readability: { average: maybeNumber(readability.average), levels: countsOf(readability.levels) },
    files: objectsOf(summary.files).map((each) => ({
      name: textOf(each.name),
      title: typeof each.title === "string" ? each.title : null,
      pages: numberOf(each.pages),
      words: numberOf(each.words),
      chunks: numberOf(each.chunks),
      language: textOf(each.language),
      readability: maybeNumber(each.readability),
      personalData: numberOf(each.personal_data),
    })),
  };
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function objectsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function countsOf(value: JsonValue | undefined): [string, number][] {
  return Object.entries(objectOf(value)).map(([name, count]) => [name, numberOf(count)]);
}

function numberOf(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

function maybeNumber(value: JsonValue | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
