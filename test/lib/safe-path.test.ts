import { expect, it } from "vitest";
import { safePath } from "@/lib/safe-path";

it.each([
  ["/jobs?status=failed#x", "/jobs?status=failed#x"],
  ["/", "/"],
  [null, "/"],
  [undefined, "/"],
  ["", "/"],
  ["jobs", "/"],
  ["https://evil.example/", "/"],
  ["//evil.example/", "/"],
  ["/\\evil.example/", "/"],
  ["/\t/evil.example/", "/"],
  ["javascript:alert(1)", "/"],
  ["//[", "/"],
])("%s leads to %s", (next, path) => {
  expect(safePath(next)).toBe(path);
});
