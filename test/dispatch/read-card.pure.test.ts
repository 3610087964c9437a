import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "@/lib/json";
import { readRegistration } from "@/server/http/worker-protocol/read-registration";
import { DeclaredSchemas } from "@/server/workers/declared-schemas";
import { readCard } from "@/server/workers/read-card";

const card = (body: JsonObject) => readRegistration({ worker_id: "w", ...body }).card;

test("reads what a worker of today tells", () => {
  const told = readRegistration({
    worker_id: "w",
    worker_type: "render",
    supported_skills: [
      {
        name: "render",
        type: "video",
        version: "2.1",
        description: "not compared",
        input_schema: { type: "object" },
        output_schema: { type: "object" },
        output_statuses: ["success", "blurred"],
        properties: { formats: ["mp4"] },
        speed: 3,
      },
    ],
    hot_skills: ["render", "render"],
    resources: {
      devices: [{ type: "gpu", model: "T4", id: 7, properties: { vram_gb: 16 }, metrics: { load: 1 } }],
      properties: { ram_gb: 32 },
    },
    installed_software: { ffmpeg: "6.0", python: 3.12 },
    installed_artifacts: [{ name: "upscaler", version: 2, properties: { quant: "q4" } }],
    capabilities: {
      hostname: "h",
      cost_per_skill: { render: 0.5, broken: -1 },
      extra: { region: "eu" },
      max_concurrent_tasks: 2,
    },
  });
  expect(told.hotSkills).toEqual(["render"]);
  expect(told.card).toEqual({
    worker_type: "render",
    skills: {
      render: {
        type: "video",
        version: "2.1",
        properties: { formats: ["mp4"], speed: 3 },
        input_schema: { type: "object" },
        output_statuses: ["success", "blurred"],
      },
    },
    resources: {
      properties: { ram_gb: 32 },
      devices: [{ type: "gpu", model: "T4", id: "7", properties: { vram_gb: 16 } }],
    },
    software: { ffmpeg: "6.0", python: "3.12" },
    artifacts: [{ name: "upscaler", version: "2", properties: { quant: "q4" } }],
    extra: { region: "eu" },
    costPerSkill: { render: 0.5 },
    slots: 2,
  });
});

test("reads the shapes of older workers", () => {
  const old = card({
    supported_tasks: ["a", { name: "b" }],
    hot_skills: [{ name: "a" }],
    resources: { cpu_cores: 8, ram_gb: 16, gpu_info: { model: "RTX", vram_gb: 24 } },
    installed_models: ["llama", { name: "gemma", version: "2" }],
    capabilities: { gpu: true, cost_per_second: 0.1 },
  });
  expect(old.resources).toEqual({
    properties: { cpu_cores: 8, ram_gb: 16 },
    devices: [{ type: "gpu", model: "RTX", properties: { vram_gb: 24 } }],
  });
  expect(old.artifacts).toEqual([
    { name: "llama", type: "model" },
    { name: "gemma", version: "2", type: "model" },
  ]);
  expect(old.extra).toEqual({ gpu: true });
  expect(old.costPerSkill).toEqual({ a: 0.1, b: 0.1 });
  expect(old.slots).toBeUndefined();
});

test("a schema that cannot be used binds nobody, and the worker is told", () => {
  const { card: read, warnings } = readRegistration({
    worker_id: "w",
    supported_skills: [{ name: "a", input_schema: { type: "nonsense" } }],
  });
  expect(read.skills).toEqual({ a: {} });
  expect(warnings.join()).toContain("supported_skills[0].input_schema");
});

test("whatever a worker sends can be stored", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (object, value) => {
      const body = {
        supported_skills: [{ name: "a", ...object }],
        resources: value,
        capabilities: object,
      } as JsonObject;
      const text = JSON.stringify(readCard(body, ["a"], new DeclaredSchemas(() => undefined)));
      expect(text).not.toMatch(/\\u0000|\\ud[89a-f]/);
    }),
  );
});
