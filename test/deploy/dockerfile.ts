export interface Instruction {
  keyword: string;
  /** The rest of the line, with continued lines joined. */
  text: string;
}

export interface Stage {
  name: string;
  base: string;
  instructions: Instruction[];
}

/** The stages of a Dockerfile, in order. */
export function stagesOf(dockerfile: string): Stage[] {
  const stages: Stage[] = [];
  const lines = dockerfile
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n");
  for (const line of lines) {
    const [, keyword = "", text = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    const [, base, name] = keyword === "FROM" ? (/^(\S+) AS (\S+)$/.exec(text) ?? []) : [];
    if (base && name) stages.push({ name, base, instructions: [] });
    else if (keyword !== "") stages.at(-1)?.instructions.push({ keyword, text });
  }
  return stages;
}

/** What holds in a stage: its own instructions after those of the stages that it is built on. */
export function inheritedBy(stages: readonly Stage[], name: string): Instruction[] {
  const stage = stages.find((each) => each.name === name);
  if (!stage) return [];
  return [...inheritedBy(stages, stage.base), ...stage.instructions];
}

export function textsOf(instructions: readonly Instruction[], keyword: string): string[] {
  return instructions.filter((each) => each.keyword === keyword).map(({ text }) => text);
}

/** The values that `ENV` sets, without those that hold spaces. */
export function variablesOf(instructions: readonly Instruction[]): Record<string, string> {
  const pairs = textsOf(instructions, "ENV").flatMap((text) => [...text.matchAll(/(\w+)=(\S+)/g)]);
  return Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, value]));
}

/** The last part of a `CMD`, or of what follows `CMD` in a `HEALTHCHECK`, when it is in exec form; null otherwise. */
export function commandIn(text: string): string[] | null {
  const start = text.indexOf("[");
  if (start === -1 || !/^(?:.*\bCMD\s*)?$/.test(text.slice(0, start))) return null;
  return JSON.parse(text.slice(start)) as string[];
}

/** What `.dockerignore` lets through, where it begins with leaving everything out. */
export function sentToBuild(dockerignore: string): string[] {
  const lines = dockerignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  if (lines[0] !== "*") throw new Error(".dockerignore has to begin with leaving everything out");
  return lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
}
