import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "@/lib/json";
import { UNMET_REASONS, type Unmet, unmetBy, unmetParams } from "@/server/dispatch/match";
import { meets } from "@/server/dispatch/matching";
import type { PlacementWish } from "@/server/dispatch/worker-card";
import { knownWorker } from "./known-worker";

const options = { reputationThreshold: 0.3 };
const gpu = (model: string, vram_gb: number, id?: string) => ({
  type: "gpu",
  model,
  properties: { vram_gb },
  ...(id ? { id } : {}),
});

/** A worker of which much is known; each case asks something else of it. */
const rich = knownWorker("rich", {
  reputation: 0.8,
  card: {
    skills: {
      box: {
        type: "packing",
        version: "2.1",
        properties: { languages: ["en", "es"], max_kg: 20, fragile: true },
        input_schema: { type: "object", properties: { kg: { type: "number" } }, required: ["kg"] },
        output_statuses: ["success", "too_heavy"],
      },
    },
    resources: {
      properties: { cpu_cores: 8, ram_gb: 32, zones: ["a", "b"] },
      devices: [gpu("NVIDIA RTX 4090", 24, "g0"), gpu("NVIDIA T4", 16)],
    },
    software: { ffmpeg: "6.0", python: "3.12" },
    artifacts: [{ name: "llama", version: "3", type: "model", properties: { quant: "q4" } }, { name: "plain" }],
    extra: { region: "eu", tier: "2" },
    costPerSkill: { box: 0.5 },
  },
});

const asks = (requirements: JsonObject): PlacementWish => ({ requirements });
const met: [says: string, wish: PlacementWish][] = [
  ["nothing", {}],
  ["the type and version of the skill", { skill_type: "packing", skill_version: "2.1" }],
  ["numbers as large, flat", asks({ resources: { cpu_cores: 8, ram_gb: 16 } })],
  ["numbers as large, as properties", asks({ resources: { properties: { ram_gb: 32 } } })],
  ["a list with one member in common", asks({ resources: { properties: { zones: ["b", "c"] } } })],
  ["a member of a list", asks({ resources: { properties: { zones: "a" } } })],
  [
    "a model by a part of its name, whatever its case",
    asks({ resources: { devices: [{ type: "gpu", model: "rtx" }] } }),
  ],
  ["two devices, the modest wish first", asks({ resources: { devices: [{ type: "gpu" }, gpu("4090", 24)] } })],
  ["a device by its id", asks({ resources: { devices: [{ type: "gpu", id: "g0" }] } })],
  ["the old way to ask for a card", asks({ resources: { gpu_info: { model: "T4", vram_gb: 12 } } })],
  ["a program of any version", asks({ installed_software: { ffmpeg: "any", python: "3.12" } })],
  [
    "artifacts by name, version and properties",
    asks({ installed_artifacts: ["plain", { name: "llama", version: "3", properties: { quant: "q4" } }] }),
  ],
  ["an artifact of an unknown version", asks({ installed_artifacts: [{ name: "llama", version: "unknown" }] })],
  ["properties of the skill", asks({ skill: { languages: "es", max_kg: 10, fragile: true, type: "packing" } })],
  ["extras, numbers as texts", asks({ extra_requirements: { region: "eu", tier: 2 } })],
  ["labels", asks({ labels: { region: "eu" } })],
  ["an outcome that it knows", { outcomes: ["too_heavy"] }],
  ["its price", { max_cost: 0.5 }],
];

test.each(met)("meets %s", (_, wish) => {
  expect(unmetBy(rich, "box", wish, options)).toBeNull();
});

const unmet: [reason: Unmet["reason"], detail: string | null, wish: PlacementWish, change?: object, type?: string][] = [
  ["skill_not_found", null, {}, {}, "unbox"],
  ["worker_is_draining", null, {}, { draining: true }],
  ["reputation_too_low", "0.29", {}, { reputation: 0.29 }],
  ["skill_contract_mismatch", "version: 2.1 ≠ 2.0", { skill_version: "2.0" }],
  ["skill_contract_mismatch", "type: packing ≠ wrapping", { skill_type: "wrapping" }],
  ["skill_contract_mismatch", "name: box ≠ crate", asks({ skill: { name: "crate" } })],
  ["skill_contract_mismatch", "version: 2.1 ≠ 3", asks({ skill: { version: "3" } })],
  ["skill_param_mismatch", "languages", asks({ skill: { languages: ["fr"] } })],
  ["skill_param_mismatch", "max_kg", asks({ skill: { max_kg: 21 } })],
  ["skill_param_mismatch", "colour", asks({ skill: { colour: "red" } })],
  [
    "missing_worker_resources",
    null,
    asks({ resources: { ram_gb: 1 } }),
    { card: { resources: { properties: {}, devices: [] } } },
  ],
  ["resource_mismatch", "ram_gb", asks({ resources: { ram_gb: 33 } })],
  ["resource_mismatch", "disk_gb", asks({ resources: { properties: { disk_gb: 1 } } })],
  ["resource_mismatch", "gpu 4090", asks({ resources: { devices: [gpu("4090", 24), gpu("4090", 24)] } })],
  ["resource_mismatch", "gpu", asks({ resources: { devices: [{ type: "gpu" }, { type: "gpu" }, { type: "gpu" }] } })],
  ["resource_mismatch", "fpga", asks({ resources: { devices: [{ type: "fpga" }] } })],
  ["missing_artifact", "gemma", asks({ installed_artifacts: ["llama", "gemma"] })],
  ["missing_artifact", "llama", asks({ installed_artifacts: [{ name: "llama", version: "4" }] })],
  ["missing_artifact", "plain", asks({ installed_artifacts: [{ name: "plain", version: "1" }] })],
  ["missing_software", "blender", asks({ installed_software: { ffmpeg: "6.0", blender: "any" } })],
  ["software_version_mismatch", "ffmpeg: 6.0 ≠ 7.0", asks({ installed_software: { ffmpeg: "7.0" } })],
  ["label_mismatch", "region", asks({ labels: { region: "us" } })],
  ["extra_mismatch", "tier", asks({ extra_requirements: { tier: 3 } })],
  ["unsupported_output_statuses", "lost", { outcomes: ["lost", "too_heavy"] }],
  ["cost_too_high", "0.5", { max_cost: 0.49 }],
  ["cost_too_high", null, { max_cost: 1_000 }, { card: {} }],
];

test.each(unmet)("%s: %s", (reason, detail, wish, change = {}, type = "box") => {
  const changed =
    "card" in change ? knownWorker("poor", change as Parameters<typeof knownWorker>[1]) : { ...rich, ...change };
  expect(unmetBy(changed, type, wish, options)).toEqual({ reason, detail });
});

describe("params", () => {
  test("go by the schema of the worker's own skill", () => {
    expect(unmetParams(rich, "box", { kg: 3 })).toBeNull();
    expect(unmetParams(rich, "box", { kg: "3" })).toMatchObject({ reason: "schema_validation_failed" });
    expect(unmetParams(knownWorker("any"), "box", { kg: "3" })).toBeNull();
  });
});

test("every reason has a case", () => {
  const covered = new Set<string>([...unmet.map(([reason]) => reason), "schema_validation_failed"]);
  expect(UNMET_REASONS.filter((reason) => !covered.has(reason))).toEqual([]);
});

test("the first requirement that is not met is named, in one order", () => {
  const order = UNMET_REASONS.map((reason) => unmet.find((each) => each[0] === reason)).flatMap((each) => each ?? []);
  const wish = asks({ labels: { region: "us" }, resources: { ram_gb: 33 }, skill: { max_kg: 21 } });
  expect(unmetBy(rich, "box", { ...wish, max_cost: 0 }, options)?.reason).toBe("skill_param_mismatch");
  expect(order.length).toBeGreaterThan(0);
});

const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const value: fc.Arbitrary<JsonValue> = fc.oneof(
  scalar,
  fc.array(scalar, { minLength: 1 }),
  fc.dictionary(fc.string(), scalar),
);

test("whatever a worker has meets itself; a larger number is met by no smaller one", () => {
  fc.assert(fc.property(value, (one) => meets(one, one)));
  fc.assert(
    fc.property(fc.integer(), fc.nat(), (has, more) => meets(has, has + more + 1) === false && meets(has + more, has)),
  );
});

test("a worker that meets a wish meets every part of it", () => {
  const part = fc.constantFrom(...met.map(([, wish]) => wish));
  fc.assert(
    fc.property(part, part, (a, b) => {
      const both: PlacementWish = { ...a, ...b, requirements: { ...a.requirements, ...b.requirements } };
      expect(unmetBy(rich, "box", both, options)).toBeNull();
    }),
  );
});

test("hostile wishes and cards are compared, not run into", () => {
  const hostile = fc.dictionary(
    fc.constantFrom("resources", "skill", "installed_software", "installed_artifacts", "labels", "extra_requirements"),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(hostile, (requirements) => {
      const found = unmetBy(rich, "box", { requirements: requirements as JsonObject }, options);
      expect(found === null || UNMET_REASONS.includes(found.reason)).toBe(true);
    }),
  );
});
