import { expect, test } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { documentIngestion } from "@/server/blueprints/document-ingestion";
import { premiumSubscription } from "@/server/blueprints/premium-subscription";
import { taskNamesOf } from "@/server/processes/process-order";
import { isProcessType } from "@/server/processes/process-types";

const task = (transitions: Record<string, string>, more: object = {}) => ({
  type: "task" as const,
  task_type: "t",
  transitions,
  ...more,
});
const end = { type: "end" as const, outcome: "success" as const };
const named = (states: BlueprintDocument["states"]) => taskNamesOf({ name: "x", states });

test("the tasks are those states where something is done, in the order of the way", () => {
  expect(taskNamesOf(premiumSubscription.document)).toEqual([
    "validate_user",
    "send_email",
    "register_external_service",
  ]);
  expect(taskNamesOf(documentIngestion.document)).toEqual([
    "inspect",
    "extract",
    "chunk",
    "analyse",
    "aggregate",
    "review",
    "publish",
    "index",
  ]);
});

test("the order of the document does not matter, only where its transitions lead", () => {
  expect(
    named({
      done: end,
      c: task({ success: "done" }),
      a: task({ success: "b" }, { start: true }),
      b: task({ success: "c" }),
    }),
  ).toEqual(["a", "b", "c"]);
});

test("of several ways the first comes first, what they have in common after all of them, ways of failure last", () => {
  expect(
    named({
      a: task({ failure: "undo", left: "l", right: "r" }, { start: true }),
      l: task({ success: "join" }),
      r: task({ success: "join" }),
      join: task({ success: "done", failure: "undo" }),
      undo: task({ success: "done" }),
      done: end,
    }),
  ).toEqual(["a", "l", "r", "join", "undo"]);
});

test("a loop is walked once", () => {
  expect(
    named({
      draft: task({ success: "review" }, { start: true }),
      review: task({ again: "draft", good: "print" }),
      print: task({ success: "done" }),
      done: end,
    }),
  ).toEqual(["draft", "review", "print"]);
});

test("a thousand states in a row are no depth of the stack", () => {
  const states: BlueprintDocument["states"] = { done: end };
  for (let n = 0; n < 1_000; n++)
    states[`s${n}`] = task({ success: n === 999 ? "done" : `s${n + 1}` }, n === 0 ? { start: true } : {});
  expect(named(states)).toHaveLength(1_000);
});

test("a process type is a blueprint whose input has a user_id", () => {
  expect(isProcessType(premiumSubscription.document)).toBe(true);
  expect(isProcessType(documentIngestion.document)).toBe(false);
  expect(isProcessType({})).toBe(false);
  expect(isProcessType({ input_schema: { type: "object", properties: { user_id: { type: "string" } } } })).toBe(true);
});
