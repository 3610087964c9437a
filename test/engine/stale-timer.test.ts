import { expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { Signal } from "@/server/engine/signal";
import { JOB_ID, MemoryJob } from "./decide-harness";

const by = { kind: "operator", id: "ana" } as const;
const waits: BlueprintDocument = {
  name: "waits",
  timeout_seconds: 3_600,
  states: {
    short: {
      type: "wait",
      start: true,
      signal: "go",
      timeout_seconds: 5,
      transitions: { received: "long", timeout: "lost" },
    },
    long: { type: "wait", signal: "go", timeout_seconds: 86_400, transitions: { received: "ask", timeout: "lost" } },
    ask: {
      type: "approval",
      message: "?",
      deadline_seconds: 86_400,
      escalate: [
        { after_seconds: 60, to: ["role:admin"] },
        { after_seconds: 7_200, to: ["role:owner"] },
      ],
      transitions: { approved: "won", expired: "lost" },
    },
    won: { type: "end", outcome: "success" },
    lost: { type: "end", outcome: "failure" },
  },
};

/** What the housekeeper says of the timer that it has just read, as it is written now. */
function due(job: MemoryJob, key: string): Signal {
  const data = job.writes.flatMap((one) => one.timersSet).findLast((timer) => timer.key === key)?.data;
  return { kind: "timer_fired", jobId: JOB_ID, key, setBy: data?.set_by as number };
}
const go: Signal = { kind: "signal_sent", jobId: JOB_ID, name: "go", by };
const refused = [{ applied: false, reason: "not_waiting" }];

// Between the reading of a due row and its turn a job may go on, and set a timer of the same name that is far from due.
it("a timer that was due before the job went on ends no later wait", () => {
  const job = new MemoryJob(waits);
  const stale = due(job, "wait");
  job.hear(go);
  expect(job.job.state).toBe("long");
  expect(job.hear(stale)).toEqual(refused);
  expect(job.job.state).toBe("long");
  job.hear(due(job, "wait"));
  expect(job.job.state).toBe("lost");
});

it("an escalation that is told of twice asks the next people no sooner", () => {
  const job = new MemoryJob(waits);
  job.hear(go);
  job.hear(go);
  const first = due(job, "escalation");
  job.hear(first);
  expect(job.hear(first)).toEqual(refused);
  expect(job.job.approval?.escalations).toBe(1);
});

it("a job that was retried is not ended by the time limit of its first life", () => {
  const job = new MemoryJob(waits);
  const stale = due(job, "job");
  job.hear(due(job, "wait"));
  expect(job.job.status).toBe("failed");
  job.hear({ kind: "retry", jobId: JOB_ID, by });
  expect(job.hear(stale)).toEqual(refused);
  expect(job.job.status).toBe("waiting");
});

it("a row of an older release, which names no event, still fires", () => {
  const job = new MemoryJob(waits);
  job.hear({ kind: "timer_fired", jobId: JOB_ID, key: "wait" });
  expect(job.job.state).toBe("lost");
});
