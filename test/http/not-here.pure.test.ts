import { expect, test } from "vitest";
import { errorAnswer } from "@/server/http/answer-error";
import { createLog } from "@/server/log";
import { BrokenHistoryError, NotHereError } from "@/server/turn/not-here";

const logged: string[] = [];
const log = createLog({ level: "debug", format: "json", write: (line) => void logged.push(line) });

test("what only another release can do is 503, and says whether anything was changed", async () => {
  const answer = errorAnswer(new NotHereError("version 2 of order (3f2a91c0ffee)", "withdrawn"), "r1", log);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await answer.json()).toEqual({
    code: "unavailable",
    error:
      "This engine lacks the code of version 2 of order (3f2a91c0ffee); engines of another release have it. Nothing was changed; try again in a moment",
  });
  const unknown = errorAnswer(new NotHereError("version 2 of order", "unknown"), "r1", log);
  expect(((await unknown.json()) as { error: string }).error).toContain("look at the job before you try again");
});

test("a job whose history cannot be read is 409 with the reason", async () => {
  const answer = errorAnswer(new BrokenHistoryError("The job's history cannot be read: 3 events of 4"), "r2", log);
  expect(answer.status).toBe(409);
  expect(((await answer.json()) as { error: string }).error).toContain("3 events of 4");
  expect(logged).toEqual([]);
});
