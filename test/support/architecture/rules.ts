import type { Import, ParsedSource } from "@/test/support/architecture/parse-source";
import {
  environmentReaders,
  mainFiles,
  ownedPackages,
  sizeExemptions,
  type Zone,
  zones,
} from "@/test/support/architecture/zones";

/** A rule looks at all sources and tells each violation in one line that begins with the file. */
export type Rule = (sources: ParsedSource[]) => string[];

const maxFileLines = 300;
const maxFunctionLines = 60;

export const rules: Record<string, Rule> = {
  "imports follow the directions": (sources) => sources.flatMap(wrongDirections),
  "packages stay with their owners": (sources) => sources.flatMap(foreignPackages),
  "nothing imports in a circle": circles,
  "files and functions stay small": (sources) => sources.flatMap((source) => tooLarge(source)),
  "names tell what a file is about": (sources) => sources.flatMap(badNames),
  "no file only passes on what others export": (sources) =>
    sources
      .filter(({ isBarrel }) => isBarrel)
      .map(({ path }) => `${path} passes on what others export; import from those`),
  "only the settings read the environment": (sources) =>
    sources
      .filter(
        ({ path, readsEnvironment }) => readsEnvironment && !environmentReaders.some((place) => within(path, place)),
      )
      .map(({ path }) => `${path} reads process.env; take it from server/config`),
  "importing a file does nothing": (sources) =>
    sources
      .filter(({ path }) => !mainFiles.test(path))
      .flatMap(({ path, workOnImport }) => workOnImport.map((line) => `${path}:${line} does something when imported`)),
};

/** Whether a path is a file or in a folder, both without extension. */
function within(path: string, place: string): boolean {
  const bare = path.replace(/\.(ts|tsx)$/, "");
  return bare === place || bare.startsWith(`${place}/`);
}

function zoneOf(path: string): Zone | undefined {
  return zones.find(({ folder }) => within(path, folder));
}

function wrongDirections(source: ParsedSource): string[] {
  const zone = zoneOf(source.path);
  if (zone === undefined) return [`${source.path} is in no known folder`];
  const own = zone.folder === "server" ? [] : [zone.folder];
  const allowed = [...own, ...zone.imports];
  return source.imports.flatMap(({ path, specifier }) => {
    if (path === undefined) {
      const name = packageName(specifier);
      const fits = zone.packages === "any" || zone.packages.includes(name);
      return fits ? [] : [`${source.path} imports the package ${name}, which ${zone.folder} may not`];
    }
    if (/\.(css|json|svg|md)$/.test(path)) return [];
    return allowed.some((place) => within(path, place)) ? [] : [`${source.path} imports ${path}`];
  });
}

function packageName(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier.split("/")[0] ?? specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function foreignPackages(source: ParsedSource): string[] {
  const names = [...new Set(source.imports.filter(({ path }) => path === undefined).map(toPackage))];
  return ownedPackages.flatMap(({ packages, owners }) => {
    if (owners.some((owner) => within(source.path, owner))) return [];
    return names.filter((name) => packages.includes(name)).map((name) => `${source.path} imports ${name}`);
  });
}

function toPackage({ specifier }: Import): string {
  return packageName(specifier);
}

/** Groups of files that reach each other (Tarjan). */
function circles(sources: ParsedSource[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path.replace(/\.(ts|tsx)$/, ""), source]));
  const order = new Map<string, { index: number; low: number; onStack: boolean }>();
  const stack: string[] = [];
  const found: string[] = [];
  const visit = (path: string): { index: number; low: number; onStack: boolean } => {
    const mark = { index: order.size, low: order.size, onStack: true };
    order.set(path, mark);
    stack.push(path);
    for (const { path: target } of byPath.get(path)?.imports ?? []) {
      if (target === undefined || !byPath.has(target)) continue;
      const known = order.get(target);
      if (known === undefined) mark.low = Math.min(mark.low, visit(target).low);
      else if (known.onStack) mark.low = Math.min(mark.low, known.index);
      if (target === path) found.push(`${path} imports itself`);
    }
    if (mark.low === mark.index) {
      const group = stack.splice(stack.indexOf(path));
      for (const member of group) (order.get(member) as typeof mark).onStack = false;
      if (group.length > 1) found.push(`${group.toSorted().join(" ⇄ ")}`);
    }
    return mark;
  };
  for (const path of byPath.keys()) if (!order.has(path)) visit(path);
  return found;
}

function tooLarge(source: ParsedSource): string[] {
  if (within(source.path, "test")) return [];
  const places: string[] = source.lines > maxFileLines ? [source.path] : [];
  const reasons = new Map(sizeExemptions.map(({ place, reason }) => [place, reason]));
  const lengths = new Map([[source.path, `${source.lines} lines`]]);
  for (const { name, lines, line } of source.functions) {
    if (lines <= maxFunctionLines) continue;
    const place = `${source.path}#${name}`;
    lengths.set(place, `${lines} lines at line ${line}`);
    places.push(place);
  }
  return places.filter((place) => !reasons.has(place)).map((place) => `${place} has ${lengths.get(place)}`);
}

/** Exemptions that nothing needs any more. */
export function staleExemptions(sources: ParsedSource[]): string[] {
  const large = new Set(
    sources.flatMap(({ path, lines, functions }) => [
      ...(lines > maxFileLines ? [path] : []),
      ...functions.filter((each) => each.lines > maxFunctionLines).map(({ name }) => `${path}#${name}`),
    ]),
  );
  return sizeExemptions
    .filter(({ place, reason }) => !large.has(place) || reason.length < 10)
    .map(({ place }) => place);
}

const forbiddenWords = new Set(["util", "utils", "helper", "helpers", "common", "manager", "misc", "shared", "stuff"]);
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/;

function badNames({ path }: ParsedSource): string[] {
  const parts = path.replace(/\.(ts|tsx)$/, "").split("/");
  return parts.flatMap((part, index) => {
    const isFile = index === parts.length - 1;
    // Next gives meaning to brackets, and test files say what kind they are.
    const bare = part.replace(/^\(([^()]+)\)$/, "$1").replace(/^\[{1,2}(\.\.\.)?([^[\]]+)\]{1,2}$/, "$2");
    const name = isFile ? bare.replace(/(\.[a-z]+)?\.test$|\.config$|\.d$|\.test-d$/, "") : bare;
    if (!kebab.test(name.replaceAll("_", "-"))) return [`${path}: "${part}" is not kebab-case`];
    if (isFile && /^(index|types)$/.test(part.replace(/\.tsx?$/, ""))) return [`${path}: name it for what it is about`];
    const word = name.split("-").find((each) => forbiddenWords.has(each));
    return word === undefined ? [] : [`${path}: "${word}" says nothing`];
  });
}
