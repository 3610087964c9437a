import { expect, it } from "vitest";
import { countTests, describeCounts, type TestReport } from "@/test/support/test-counts";

const file = (name: string, statuses: string[], status = "passed"): TestReport["testResults"][number] => ({
  name: `/repo/${name}`,
  status,
  message: "",
  assertionResults: statuses.map((each) => ({ status: each })),
});

it("counts by what a file used, and ends with the sum", () => {
  const report: TestReport = {
    testResults: [
      file("test/engine/decide.test.ts", ["passed", "passed"]),
      file("test/store/read.test.ts", ["passed", "failed"], "failed"),
      file("test/queue/streams.test.ts", ["passed", "skipped"]),
      file("test/turn/turn.test.ts", ["passed"]),
      file("test/browser/job.test.ts", ["passed"]),
    ],
  };
  const uses = [
    "postgres\t/repo/test/store/read.test.ts",
    "redis\t/repo/test/queue/streams.test.ts",
    "redis\t/repo/test/turn/turn.test.ts",
    "postgres\t/repo/test/turn/turn.test.ts",
    "postgres\t/repo/test/browser/job.test.ts",
    "browser\t/repo/test/browser/job.test.ts",
    "",
  ].join("\n");
  expect(describeCounts(countTests(report, uses, "/repo", false)).split("\n")).toEqual([
    "kind                     files  passed  failed  skipped",
    "pure                         1       2       0        0",
    "real Postgres                1       1       1        0",
    "real Redis                   1       1       0        1",
    "real Postgres and Redis      1       1       0        0",
    "real browser                 1       1       0        0",
    "",
    "6 passed, 1 failed",
  ]);
});

it("counts a file that broke before its tests, and an error that nobody caught", () => {
  const broken = { testResults: [file("test/engine/broken.test.ts", [], "failed")] };
  expect(countTests(broken, "", "/repo", false).failed).toBe(1);
  const uncaught = { testResults: [file("test/engine/fine.test.ts", ["passed"])] };
  expect(countTests(uncaught, "", "/repo", false)).toMatchObject({ passed: 1, failed: 1 });
});
