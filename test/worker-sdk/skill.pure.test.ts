import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Link } from "@/server/worker-sdk/link";
import { createWorker, defineSkill, type OrchestratorOptions, outcome } from "@/server/worker-sdk/sdk";
import { createTurns } from "@/server/worker-sdk/turns";

describe("a skill", () => {
  it("is registered with what its schemas say", () => {
    const skill = defineSkill({
      name: "print_label",
      version: "2.1.0",
      input: z.object({ text: z.string().min(1), copies: z.number().int().default(1) }),
      output: z.object({ printed: z.number() }),
      events: { low_ink: z.object({ level: z.number() }) },
      statuses: ["no_paper"],
      cost: 0.5,
      run: ({ copies }) => (copies > 100 ? outcome("no_paper", { printed: 0 }) : { printed: copies }),
    });
    expect(skill.card).toEqual({
      name: "print_label",
      type: "print_label",
      version: "2.1.0",
      input_schema: {
        type: "object",
        properties: {
          text: { type: "string", minLength: 1 },
          copies: { type: "integer", default: 1, minimum: -(2 ** 53) + 1, maximum: 2 ** 53 - 1 },
        },
        required: ["text"],
      },
      output_schema: {
        type: "object",
        properties: { printed: { type: "number" } },
        required: ["printed"],
        additionalProperties: false,
      },
      events_schema: { low_ink: { type: "object", properties: { level: { type: "number" } }, required: ["level"] } },
      output_statuses: ["success", "no_paper"],
    });
  });

  it("is refused with a bad name, and with a schema that JSON Schema cannot say", () => {
    expect(() => defineSkill({ name: "a b", input: z.object({}), run: () => undefined })).toThrow(
      /"a b": must be 1 to/,
    );
    const input = z.object({ when: z.date() });
    expect(() => defineSkill({ name: "late", input, run: () => undefined })).toThrow(/skill late, input: JSON Schema/);
  });
});

describe("a worker's options", () => {
  const skill = defineSkill({ name: "a", input: z.object({}), run: () => undefined });

  it("are refused with every fault named at once", () => {
    const make = () =>
      createWorker({
        workerId: "no spaces",
        skills: [skill, skill],
        hotSkills: ["b"],
        concurrency: 0,
        orchestrators: [{ url: "ftp://x" }, { url: "https://y", tls: { cert: "c" }, token: "t", weight: -1 }],
      });
    expect(make).toThrow(TypeError);
    for (const fault of [
      /workerId: must be/,
      /skills: a is there twice/,
      /hotSkills: no skill is called b/,
      /concurrency: must be a whole number from 1/,
      /orchestrators\[0\]\.url: must be like/,
      /orchestrators\[0\]\.token: is missing/,
      /orchestrators\[1\]\.tls: cert and key/,
      /orchestrators\[1\]\.weight: must be more than 0/,
    ])
      expect(make).toThrow(fault);
  });
});

describe("several orchestrators", () => {
  const link = (url: string, more: Partial<OrchestratorOptions> = {}, isRegistered = true) =>
    ({ isRegistered, orchestrator: { options: { url, ...more } } }) as unknown as Link;
  const asked = (turns: ReturnType<typeof createTurns>) =>
    turns.order().map((turn) => `${turn.link.orchestrator.options.url}:${turn.holdMs}`);

  it("are asked in order of priority in a waterfall, the last one for longer", () => {
    const turns = createTurns(
      [link("b"), link("c", { priority: 20 }), link("a", { priority: 1 })],
      "waterfall",
      30_000,
    );
    expect(asked(turns)).toEqual(["a:0", "b:0", "c:5000"]);
  });

  it("are asked by weight in a round robin, never the light one twice in a row", () => {
    const turns = createTurns([link("a", { weight: 3 }), link("b")], "round_robin", 30_000);
    expect(Array.from({ length: 8 }, () => asked(turns)[0]?.[0]).join("")).toBe("aabaaaba");
  });

  it("are all asked by different pollers at once, and none waits for one that is away", () => {
    const turns = createTurns([link("a"), link("b"), link("c", {}, false)], "all", 30_000);
    expect([asked(turns), asked(turns)]).toEqual([
      ["a:5000", "b:5000"],
      ["b:5000", "a:5000"],
    ]);
  });

  it("have the whole hold when there is one", () => {
    expect(asked(createTurns([link("a")], "waterfall", 30_000))).toEqual(["a:30000"]);
  });
});
