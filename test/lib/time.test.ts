import { describe, expect, it } from "vitest";
import { formatLocal, formatUtc, toMs } from "@/lib/time/absolute";
import { formatDuration, isoDuration } from "@/lib/time/duration";
import { relativeParts } from "@/lib/time/relative";

describe("a duration", () => {
  it.each([
    [-5, "0 ms"],
    [38, "38 ms"],
    [999, "999 ms"],
    [1_000, "1 s"],
    [2_430, "2.4 s"],
    [9_949, "9.9 s"],
    [9_960, "10 s"],
    [41_300, "41 s"],
    [59_499, "59 s"],
    [59_500, "1 m"],
    [161_000, "2 m 41 s"],
    [64_000, "1 m 04 s"],
    [3_599_499, "59 m 59 s"],
    [3_600_000, "1 h"],
    [5_280_000, "1 h 28 m"],
    [86_400_000, "1 d"],
    [273_600_000, "3 d 4 h"],
  ])("of %i ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("has Spanish units and a decimal comma", () => {
    expect(formatDuration(2_430, "es")).toBe("2,4 s");
    expect(formatDuration(161_000, "es")).toBe("2 min 41 s");
  });

  it("has a machine's form", () => {
    expect(isoDuration(161_250)).toBe("PT161.25S");
  });
});

describe("a moment", () => {
  it("is read from what the wire carries", () => {
    const ms = Date.UTC(2026, 10, 21, 14, 30, 12, 904);
    expect([toMs("2026-11-21T14:30:12.904Z"), toMs(ms), toMs(ms / 1000), toMs(new Date(ms))]).toEqual([ms, ms, ms, ms]);
    expect(toMs("never")).toBeNaN();
  });

  it("is printed in UTC, the same everywhere", () => {
    const ms = Date.UTC(2026, 10, 21, 14, 30, 12, 904);
    expect(formatUtc(ms)).toBe("2026-11-21 14:30:12 UTC");
    expect(formatUtc(ms, true)).toBe("2026-11-21 14:30:12.904 UTC");
    expect(formatUtc(Number.NaN)).toBe("");
  });

  it("is printed in a zone with the zone's name", () => {
    const ms = Date.UTC(2026, 6, 21, 22, 30, 12);
    expect(formatLocal(ms, "es", { timeZone: "Europe/Madrid" })).toMatch(/22.*00:30:12.*(CEST|GMT\+2)/);
  });

  it.each([
    [0, "now", 0, false],
    [-999, "now", 0, false],
    [-1_000, "second", 1, false],
    [-59_999, "second", 59, false],
    [-60_000, "minute", 1, false],
    [2_040_000, "minute", 34, true],
    [-3_600_000, "hour", 1, false],
    [86_400_000, "day", 1, true],
  ])("%i ms from now is %s %i", (offset, unit, count, future) => {
    expect(relativeParts(1e12 + offset, 1e12)).toEqual({ unit, count, future });
  });
});
