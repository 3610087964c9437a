import fc from "fast-check";
import { expect } from "vitest";
import type { Signal } from "@/server/engine/signal";
import type { ModelJob } from "./oracle";
import type { Attempt, ModelWorld } from "./world";

/** One thing that happens; `pick` chooses among what there is, `engine` says whose door it comes to. */
export interface Step {
  what: (typeof STEPS)[number];
  pick: number;
  engine: 0 | 1;
}

const STEPS = [
  "submit",
  "claim",
  "claim",
  "heartbeat",
  "started",
  "ok",
  "ok",
  "ok",
  "transient",
  "permanent",
  "twice",
  "burst",
  "vote",
  "vote",
  "cancel",
  "tick",
  "due",
  "reap",
  "crash",
  "lose",
] as const;
const MOST_JOBS = 4;

export const anyStep: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(...STEPS),
  pick: fc.nat(1_000),
  engine: fc.constantFrom(0, 1),
});

/** Does it to the product and to the model, and compares what came back. */
export async function run(world: ModelWorld, { what, pick, engine }: Step): Promise<void> {
  const session = world.sessions[pick % 2] as string;
  const job = [...world.jobs.values()][pick % Math.max(1, world.jobs.size)];
  switch (what) {
    case "submit":
      if (world.jobs.size < MOST_JOBS) await world.submit(engine);
      return;
    case "claim":
      return world.claim(session, 1 + (pick % 3));
    case "heartbeat":
      return world.heartbeat(session);
    case "tick":
      return world.tick();
    case "due":
      return world.wakeDue(engine);
    case "reap":
      return world.reap(engine);
    case "crash":
      return pick % 4 === 0 ? world.restart(engine) : undefined;
    case "lose":
      return world.loseAnswer(engine, pick % 2 ? "before" : "after");
    case "vote":
      return job && vote(world, job, pick, engine);
    case "cancel":
      return job && pick % 3 === 0 ? cancel(world, job, engine) : undefined;
    default: {
      const attempt = world.attempts.at(-1 - (pick % Math.max(1, Math.min(4, world.attempts.length))));
      if (attempt) await report(world, attempt, { what, pick, engine });
    }
  }
}

async function report(world: ModelWorld, attempt: Attempt, { what, pick, engine }: Step): Promise<void> {
  const job = world.job(attempt.jobId);
  const task = job.current(attempt.no, attempt.fence);
  const result = { kind: "task_result", ...attempt, worker: "w", outcome: "success" } as const;
  switch (what) {
    case "started": {
      const session = task?.holder ?? (world.sessions[pick % 2] as string);
      const counts = task !== null && !task.started;
      await world.say(engine, { kind: "task_started", ...attempt, worker: "w", session }, counts);
      if (counts) job.start(task, session, world.now);
      return;
    }
    case "transient":
    case "permanent": {
      const code = what === "transient" ? "TRANSIENT_ERROR" : "PERMANENT_ERROR";
      const error = { code, message: "x" };
      await world.say(engine, { ...result, outcome: "failure", error }, task !== null);
      if (task) job.fail(task, world.now, what === "permanent");
      break;
    }
    case "twice":
    case "burst": {
      // The same word at both doors at once: it counts once, wherever.
      const doors = what === "twice" ? [engine, 1 - engine] : [0, 1, 0, 1, 0, 1, 0, 1];
      const doubtful = world.losesAnswers;
      const said = await Promise.all(doors.map((door) => world.apply(door, structuredClone<Signal>(result))));
      const applied = said.filter((one) => one.applied).length;
      // A commit in doubt is found in the history by its events, and a twin that won has the very same.
      if (doubtful) expect(applied).toBeGreaterThanOrEqual(task ? 1 : 0);
      else expect(applied).toBe(task ? 1 : 0);
      if (task) job.succeed(task, world.now);
      break;
    }
    default: {
      await world.say(engine, result, task !== null);
      if (task) job.succeed(task, world.now);
    }
  }
  await world.learn(job);
}

async function vote(world: ModelWorld, job: ModelJob, pick: number, engine: number): Promise<void> {
  if (job.question === null) return;
  const person = `p${pick % 3}`;
  const decision = pick % 5 === 0 ? "rejected" : "approved";
  const by = { kind: "operator", id: person } as const;
  const signal = { kind: "approval_decided", jobId: job.id, no: job.question, decision, by } as const;
  await world.say(engine, signal, job.vote(person, decision, world.now));
}

async function cancel(world: ModelWorld, job: ModelJob, engine: number): Promise<void> {
  const by = { kind: "client", id: "1" } as const;
  await world.say(engine, { kind: "cancel", jobId: job.id, by }, job.cancel());
}

/** When everybody does their part, every job ends. */
export async function bringToEnd(world: ModelWorld): Promise<void> {
  for (let round = 0; [...world.jobs.values()].some((job) => job.open); round++) {
    expect(round, "no end in sight").toBeLessThan(20);
    await world.tick();
    for (const session of world.sessions) await world.heartbeat(session);
    await world.wakeDue(0);
    await world.claim(world.sessions[0], 100);
    for (const job of [...world.jobs.values()]) {
      for (const task of [...job.tasks]) {
        const { no, fence } = task;
        if (!job.current(no, fence)) continue;
        const result = { kind: "task_result", jobId: job.id, no, fence, worker: "w", outcome: "success" } as const;
        expect((await world.apply(round % 2, result)).applied).toBe(true);
        job.succeed(task, world.now);
        await world.learn(job);
      }
      // Three people, of whom two must agree.
      for (const pick of [1, 2, 3]) if (job.open && job.state === "ask") await vote(world, job, pick, round % 2);
    }
  }
}
