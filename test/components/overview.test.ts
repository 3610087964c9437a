import { describe, expect, it } from "vitest";
import { axisOf, hourlyRates, sumsOf } from "@/components/overview/buckets";
import { SAMPLES } from "@/components/overview/samples";
import { summaryOf } from "@/components/reports/summary";
import { shippedBlueprints } from "@/server/blueprints/shipped";
import { compileJsonSchema } from "@/server/engine/blueprint/json-schema-validator";

const bucket = (index: number, succeeded: number, failed: number) => ({
  from: new Date(Date.UTC(2026, 10, 21, 0, 15 * index)).toISOString(),
  succeeded,
  failed,
  cancelled: 1,
});

describe("the charts' figures", () => {
  it("add up, and know no rate where nothing ended", () => {
    expect(sumsOf([bucket(0, 3, 1), bucket(1, 0, 0)])).toEqual({ succeeded: 3, failed: 1, cancelled: 2, rate: 0.25 });
    expect(sumsOf([bucket(0, 0, 0)]).rate).toBeNull();
  });

  it("are rates by the hour, oldest first", () => {
    const day = Array.from({ length: 8 }, (_, index) => bucket(index, index < 4 ? 0 : 3, index === 6 ? 4 : 0));
    expect(hourlyRates(day)).toEqual([
      { from: "2026-11-21T00:00:00.000Z", rate: null },
      { from: "2026-11-21T01:00:00.000Z", rate: 0.25 },
    ]);
  });

  it.each([
    [0, 4, [0, 1, 2, 3, 4]],
    [6, 6, [0, 2, 4, 6]],
    [1183, 1500, [0, 500, 1000, 1500]],
  ])("stand on an axis that holds %i", (most, top, steps) => {
    expect(axisOf(most)).toEqual({ top, steps });
  });
});

it.each(SAMPLES)("the sample input of $name runs as it is", ({ name, input }) => {
  const blueprint = shippedBlueprints.find(({ document }) => document.name === name);
  expect(blueprint, "it is shipped").toBeDefined();
  if (input)
    expect(compileJsonSchema(blueprint?.document.input_schema ?? {}).validate(input)).toMatchObject({ ok: true });
});

it("reads a report's summary, and an empty one", () => {
  expect(summaryOf({}).files).toEqual([]);
  expect(summaryOf({ readability: null, languages: "none" }).readability).toEqual({ average: null, levels: [] });
  const { personalData } = summaryOf({
    personal_data: {
      total: 2,
      by_kind: { email: 2, iban: 0 },
      places: [{ kind: "email", masked: "a…@b.c", name: "x.md", page: 1 }, "broken"],
    },
  });
  expect(personalData.byKind).toEqual([["email", 2]]);
  expect(personalData.places).toHaveLength(1);
});
