import { Search } from "lucide-react";
import { describe, expect, it } from "vitest";
import { type Command, jobIdIn, matching } from "@/components/shell/commands";
import { nextIndex } from "@/components/ui/tabs";

const commands = ["Jobs", "Report a job", "Subjobs", "Configuración"].map(
  (label): Command => ({ id: label, label, icon: Search, group: "pages", run: () => undefined }),
);

describe("the palette", () => {
  it("puts a beginning before a word before a part", () => {
    expect(matching(commands, "job").map(({ label }) => label)).toEqual(["Jobs", "Report a job", "Subjobs"]);
  });

  it("doesn't mind accents and case", () => {
    expect(matching(commands, "CONFIGURACION").map(({ label }) => label)).toEqual(["Configuración"]);
    expect(matching(commands, "  ")).toHaveLength(4);
    expect(matching(commands, "zzz")).toEqual([]);
  });

  it.each([
    ["019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b", true],
    ["  https://x.example/jobs/019A2B3C-4d5e-7f60-8a7b-9c0d1e2f3a4b?view=graph", true],
    ["019a2b3c", false],
    ["", false],
  ])("finds a job id in %s: %s", (query, found) => {
    expect(jobIdIn(query)).toBe(found ? "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b" : null);
  });
});

it.each([
  ["ArrowRight", 2, 0],
  ["ArrowLeft", 0, 2],
  ["Home", 2, 0],
  ["End", 0, 2],
  ["a", 0, null],
])("the tabs' key %s leads from %i to %s of three", (key, from, to) => {
  expect(nextIndex(key, from, 3)).toBe(to);
});
