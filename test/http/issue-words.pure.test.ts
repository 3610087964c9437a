import { expect, test } from "vitest";
import { enqueueTaskBody } from "@/lib/api/enqueue-task";
import { schemaRefusal } from "@/server/http/answer-error";

function refusalOf(body: unknown) {
  const { error } = enqueueTaskBody.safeParse(body);
  if (!error) throw new Error("the body is taken");
  return schemaRefusal(error);
}

test.each([
  [{ input: 3 }, "input: must be an object", "input"],
  [[], "The request must be an object", ""],
  [{ inputs: {} }, "inputs: is not taken here; look for a misspelt name, or leave it out", "inputs"],
  [
    { retry: { attempts: 3 } },
    "retry.attempts: is not taken here; look for a misspelt name, or leave it out",
    "retry.attempts",
  ],
  [{ labels: { a: 1 } }, "labels.a: must be a text", "labels.a"],
  [{ dispatch: { strategy: "x" } }, /^dispatch\.strategy: must be one of default, round_robin, /, "dispatch.strategy"],
  [{ timeout_seconds: -1 }, "timeout_seconds: must be more than 0 seconds", "timeout_seconds"],
])("%j: %s", (body, message, path) => {
  const refusal = refusalOf(body);
  expect(refusal.message).toMatch(message);
  expect(refusal.details?.[0]?.path).toBe(path);
});
