import type { BlueprintState, TaskSpec } from "@/lib/blueprint/document";
import { isJsonObject, type JsonValue } from "@/lib/json";

/** The words before a chip; `strategy`, `skill_version`, `skill_type` and `max_cost` have sentences of their own. */
export type WishKind =
  | "strategy"
  | "skill_version"
  | "skill_type"
  | "max_cost"
  | "skill"
  | "resource"
  | "software"
  | "artifact"
  | "label"
  | "extra";

/** One thing that a task asks of its worker beyond the skill. */
export interface Wish {
  kind: WishKind;
  text: string;
}

/** The tasks that a state gives to workers. */
export function specsOf(state: BlueprintState | undefined): TaskSpec[] {
  if (state?.type === "task") return [state];
  if (state?.type !== "parallel") return [];
  return state.task ? [state.task] : (state.tasks ?? []);
}

/** What a task asks of its worker, the choice among them first; nothing for one that any worker with the skill may take. */
export function wishesOf(spec: TaskSpec): Wish[] {
  const { requirements = {}, strategy, max_cost, skill_version, skill_type } = spec;
  const { resources, installed_software, installed_artifacts, labels, skill, extra_requirements } = requirements;
  const one = (kind: WishKind, value: string | number | undefined): Wish[] =>
    value === undefined ? [] : [{ kind, text: String(value) }];
  return [
    ...one("strategy", strategy === "default" ? undefined : strategy),
    ...one("max_cost", max_cost),
    ...one("skill_version", skill_version),
    ...one("skill_type", skill_type),
    ...membersOf("skill", skill),
    ...resourcesOf(resources),
    ...membersOf("software", installed_software),
    ...(installed_artifacts ?? []).flatMap((artifact) => one("artifact", wordsOf(artifact))),
    ...membersOf("label", labels),
    ...membersOf("extra", extra_requirements),
  ];
}

function membersOf(kind: WishKind, members: Readonly<Record<string, JsonValue>> | undefined): Wish[] {
  return Object.entries(members ?? {}).map(([name, value]) => ({ kind, text: `${name} ${wordsOf(value)}` }));
}

/** Flat or under `properties`, with a chip for each device. */
function resourcesOf(resources: Readonly<Record<string, JsonValue>> | undefined): Wish[] {
  return Object.entries(resources ?? {}).flatMap(([name, value]): Wish[] => {
    if (name === "devices" && Array.isArray(value))
      return value.map((device) => ({ kind: "resource", text: wordsOf(device) }));
    if (name === "properties" && isJsonObject(value)) return membersOf("resource", value);
    return [{ kind: "resource", text: `${name} ${wordsOf(value)}` }];
  });
}

/** `{type: "gpu", model: "4090", properties: {vram_gb: 24}}` → `gpu 4090 vram_gb 24` */
function wordsOf(value: JsonValue): string {
  if (typeof value === "string") return value;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const { properties, ...names } = value;
  const own = Object.entries(names).map(([name, each]) =>
    ["name", "type", "model", "version"].includes(name) ? wordsOf(each) : `${name} ${wordsOf(each)}`,
  );
  const more = isJsonObject(properties) ? Object.entries(properties) : [];
  return [...own, ...more.map(([name, each]) => `${name} ${wordsOf(each)}`)].join(" ");
}
