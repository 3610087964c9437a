import { expect, test } from "vitest";
import { slowFirst } from "@/test/support/slow-first";

const order = (...names: string[]) =>
  slowFirst(
    names.map((name) => `/project/test/${name}.test.ts`),
    (path) => path,
  ).map((path) => path.slice("/project/test/".length, -".test.ts".length));

test("the longest file is the first, files with a browser begin apart, between idle and waiting ones", () => {
  expect(
    order("lib/a", "turn/b", "browser/job", "system/crash", "browser/every-page", "http/c", "system/drain"),
  ).toEqual(["browser/every-page", "turn/b", "system/crash", "browser/job", "system/drain", "lib/a", "http/c"]);
});

test("files of one project follow each other: all with servers, then the rest; long ones first in each", () => {
  expect(order("lib/a.pure", "turn/b", "worker/c.pure", "http/d.pure", "system/e", "http/f", "worker/g.pure")).toEqual([
    "turn/b",
    "system/e",
    "http/f",
    "worker/c.pure",
    "worker/g.pure",
    "lib/a.pure",
    "http/d.pure",
  ]);
});

test("no file is lost or run twice, whatever is asked for", () => {
  expect(order("browser/a", "browser/b", "browser/c")).toEqual(["browser/a", "browser/b", "browser/c"]);
  expect(order("lib/a", "lib/b")).toEqual(["lib/a", "lib/b"]);
  expect(order()).toEqual([]);
});
