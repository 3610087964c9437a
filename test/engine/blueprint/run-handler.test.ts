import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { HandlerAction } from "@/lib/blueprint/action";
import type { JsonObject } from "@/lib/json";
import { compileBlueprint } from "@/server/engine/blueprint/compile";
import { type DefinedBlueprint, defineBlueprint, end, handler } from "@/server/engine/blueprint/define";
import type { HandlerInput } from "@/server/engine/blueprint/handler";
import { runHandler, runInlineHandler } from "@/server/engine/blueprint/run-handler";

type AnyHandler = Parameters<typeof handler<"done" | "failed">>[1];

const stores = { cache: new Map([["a", 1]]) };

function blueprintOf(run: AnyHandler, atEnd: Parameters<typeof end>[1] = undefined): DefinedBlueprint {
  return defineBlueprint({
    name: "test",
    dataStores: stores,
    states: {
      work: handler<"done" | "failed">({ to: ["done", "failed"] }, run),
      done: end({ outcome: "success" }, atEnd),
      failed: end({ outcome: "failure" }),
    },
  });
}

function inputOf(changes: Partial<HandlerInput> = {}): HandlerInput {
  return {
    jobId: "job-1",
    entry: 3,
    initialData: { kind: "urgent", list: [1] },
    stateHistory: { score: 2, old: true },
    ...changes,
  };
}

function run(defined: DefinedBlueprint, changes: Partial<HandlerInput> = {}, state = "work", timeoutMs = 5000) {
  const compiled = compileBlueprint(defined.document, defined);
  return runHandler(compiled, state, state, inputOf(changes), { timeoutMs });
}

async function failureOf(handlerOfWork: AnyHandler): Promise<string> {
  const { error } = await run(blueprintOf(handlerOfWork));
  return error?.message ?? "did not fail";
}

/** A promise that is resolved from outside, or never. */
function deferred(): { promise: Promise<undefined>; resolve: () => void } {
  let resolve: (value: undefined) => void = () => undefined;
  const promise = new Promise<undefined>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: () => resolve(undefined) };
}

describe("a handler", () => {
  it("gets what it asks for by name, and its action comes back", async () => {
    let seen: JsonObject = {};
    const result = await run(
      blueprintOf(
        ({
          jobId,
          state,
          idempotencyKey,
          initialData,
          stateHistory,
          dataStores,
          client,
          aggregationList,
          context,
          signal,
          actions,
        }) => {
          seen = {
            jobId,
            state,
            idempotencyKey,
            kind: initialData.kind ?? null,
            score: stateHistory.score ?? null,
            store: (dataStores.cache as Map<string, number>).get("a") ?? null,
            client: client?.name ?? null,
            branches: aggregationList.length,
            whole: context.jobId,
            aborted: signal.aborted,
          };
          return actions.transitionTo("done");
        },
      ),
      {
        client: { id: 2, name: "ana", plan: null, params: {}, config: {} },
        aggregationList: [{ status: "success", data: 1, error: null }],
      },
    );
    expect(result).toEqual({
      action: { type: "transition_to", to: "done" },
      patch: { set: {}, unset: [] },
      events: [],
    });
    expect(seen).toEqual({
      jobId: "job-1",
      state: "work",
      idempotencyKey: "job-1:3",
      kind: "urgent",
      score: 2,
      store: 1,
      client: "ana",
      branches: 1,
      whole: "job-1",
      aborted: false,
    });
  });

  it("changes stateHistory as a draft, of which only the difference is kept", async () => {
    const stateHistory = { kept: { a: 1 }, changed: { a: [1] }, gone: 1, same: [1, { b: 2 }] };
    const before = structuredClone(stateHistory);
    const { patch } = await run(
      blueprintOf(({ stateHistory: draft, actions }) => {
        (draft.changed as { a: number[] }).a.push(2);
        delete draft.gone;
        draft.added = { at: undefined, n: 1 } as unknown as JsonObject;
        draft.same = [1, { b: 2 }];
        actions.updateContext({ merged: true });
        actions.transitionTo("done");
      }),
      { stateHistory },
    );
    expect(patch).toEqual({
      input: { merged: true },
      set: { changed: { a: [1, 2] }, added: { n: 1 }, merged: true },
      unset: ["gone"],
    });
    expect(stateHistory).toEqual(before);
  });

  it("cannot change the input or the results of branches", async () => {
    const given = inputOf({
      aggregationResults: { t: { a: 1 } },
      aggregationList: [{ status: "success", data: { a: 1 }, error: null }],
    });
    const before = structuredClone(given);
    await run(
      blueprintOf(({ initialData, aggregationResults, aggregationList, actions }) => {
        initialData.kind = "changed";
        (initialData.list as number[]).push(2);
        (aggregationResults.t as JsonObject).a = 2;
        aggregationList.length = 0;
        return actions.transitionTo("done");
      }),
      given,
    );
    expect(given).toEqual(before);
  });

  it.each<[string, AnyHandler, HandlerAction]>([
    [
      "a task",
      ({ actions }) =>
        actions.dispatchTask({
          taskType: "ship",
          params: { a: 1 },
          timeoutSeconds: 5,
          retry: { maxAttempts: 2, baseMs: 10 },
          maxCost: 1,
          requirements: { installedSoftware: { ffmpeg: "any" } },
          transitions: { success: "done", failure: "failed" },
          onEvent: { low: "failed" },
        }),
      {
        type: "dispatch_task",
        task_type: "ship",
        params: { a: 1 },
        timeout_seconds: 5,
        retry: { max_attempts: 2, base_ms: 10 },
        max_cost: 1,
        requirements: { installed_software: { ffmpeg: "any" } },
        transitions: { success: "done", failure: "failed" },
        on_event: { low: "failed" },
      },
    ],
    [
      "many tasks",
      ({ actions }) =>
        actions.dispatchParallel({
          tasks: [{ taskType: "a" }, { taskType: "b", params: { n: 1 } }],
          aggregateInto: "done",
          tolerateFailures: 1,
        }),
      {
        type: "dispatch_parallel",
        tasks: [{ task_type: "a" }, { task_type: "b", params: { n: 1 } }],
        aggregate_into: "done",
        tolerate_failures: 1,
      },
    ],
    [
      "an approval",
      ({ actions }) =>
        actions.awaitHumanApproval({
          message: "ok?",
          deadlineSeconds: 60,
          transitions: { approved: "done", expired: "failed" },
        }),
      {
        type: "await_human_approval",
        message: "ok?",
        deadline_seconds: 60,
        transitions: { approved: "done", expired: "failed" },
      },
    ],
    [
      "a child",
      ({ actions }) => actions.runBlueprint({ blueprint: "other", transitions: { success: "done" } }),
      { type: "run_blueprint", blueprint: "other", input: {}, transitions: { success: "done" } },
    ],
    [
      "a wait until",
      ({ actions }) => actions.waitFor({ until: new Date(0), to: "done" }),
      { type: "wait_for", until: "1970-01-01T00:00:00.000Z", to: "done" },
    ],
    [
      "a wait for a signal",
      ({ actions }) =>
        actions.waitFor({ signal: "paid", timeoutSeconds: 5, transitions: { received: "done", timeout: "failed" } }),
      { type: "wait_for", signal: "paid", timeout_seconds: 5, transitions: { received: "done", timeout: "failed" } },
    ],
  ])("can ask for %s", async (_name, handlerOfWork, action) => {
    expect(await run(blueprintOf(handlerOfWork))).toMatchObject({ action });
    expect((await run(blueprintOf(handlerOfWork))).action).toEqual(action);
  });

  it("sends events along with its action", async () => {
    const { events } = await run(
      blueprintOf(({ actions }) => {
        actions.sendEvent("progress", { percent: 50 });
        actions.sendEvent("note", "half");
        actions.transitionTo("done");
      }),
    );
    expect(events).toEqual([
      { event_type: "progress", payload: { percent: 50 } },
      { event_type: "note", payload: "half" },
    ]);
  });

  it.each<[string, AnyHandler, RegExp]>([
    ["does nothing", () => undefined, /did no action/],
    [
      "does two things",
      ({ actions }) => {
        actions.transitionTo("done");
        actions.transitionTo("failed");
      },
      /exactly one action: transition_to was called, then transition_to/,
    ],
    [
      "does two things and hides it",
      ({ actions }) => {
        actions.transitionTo("done");
        try {
          actions.transitionTo("failed");
        } catch (error) {
          if (!(error instanceof Error)) throw error;
        }
      },
      /exactly one action/,
    ],
    [
      "does one thing and returns another",
      ({ actions }) => {
        actions.transitionTo("done");
        return { type: "transition_to", to: "failed" };
      },
      /exactly one action/,
    ],
    ["returns data", (() => ({ score: 1 })) as unknown as AnyHandler, /not an action/],
    ["returns a number", (() => 5) as unknown as AnyHandler, /not an action/],
    [
      "leads elsewhere",
      ({ actions }) => actions.transitionTo("work" as "done"),
      /leads to 'work', which is not among its targets: done, failed/,
    ],
    ["throws", () => Promise.reject(new Error("boom")), /^boom$/],
    [
      "throws no error",
      () => {
        throw "text";
      },
      /threw text/,
    ],
    [
      "keeps a date",
      ({ stateHistory, actions }) => {
        stateHistory.at = { now: new Date() } as unknown as JsonObject;
        return actions.transitionTo("done");
      },
      /stateHistory\.at\.now is a Date, which is not JSON; use its toISOString\(\)/,
    ],
    [
      "keeps a function",
      ({ stateHistory, actions }) => {
        stateHistory.list = [() => 1] as unknown as JsonObject[];
        return actions.transitionTo("done");
      },
      /stateHistory\.list\[0\] is a function, which is not JSON/,
    ],
    [
      "keeps what contains itself",
      ({ stateHistory, actions }) => {
        stateHistory.self = stateHistory;
        return actions.transitionTo("done");
      },
      /contains itself/,
    ],
    [
      "sends NaN",
      ({ actions }) =>
        actions.dispatchTask({ taskType: "x", params: { n: Number.NaN }, transitions: { success: "done" } }),
      /dispatch_task\.params\.n is NaN/,
    ],
    [
      "names no task type",
      ({ actions }) => actions.dispatchTask({ taskType: "a b", transitions: { success: "done" } }),
      /faulty dispatch_task: task_type/,
    ],
    [
      "fans out too far",
      ({ actions }) => actions.dispatchParallel({ tasks: Array(1001).fill({ taskType: "x" }), aggregateInto: "done" }),
      /faulty dispatch_parallel: tasks/,
    ],
  ])("that %s fails", async (_name, handlerOfWork, message) => {
    expect(await failureOf(handlerOfWork)).toMatch(message);
  });

  it("is over when its time is, and what it does afterwards counts for nothing", async () => {
    let late: string | undefined;
    const waiting = deferred();
    let aborted: AbortSignal | undefined;
    const afterwards = new Promise<void>((resolve) => {
      const defined = blueprintOf(async ({ actions, signal }) => {
        aborted = signal;
        await waiting.promise;
        try {
          actions.transitionTo("done");
        } catch (error) {
          late = (error as Error).message;
        }
        resolve();
      });
      run(defined, {}, "work", 20).then(({ error }) => {
        expect(error?.message).toMatch(/longer than 20 ms/);
        waiting.resolve();
      });
    });
    await afterwards;
    expect(aborted?.aborted).toBe(true);
    expect(late).toMatch(/after the handler had ended/);
  });

  it("is stopped with the engine", async () => {
    const defined = blueprintOf(() => deferred().promise);
    const engine = new AbortController();
    const running = runHandler(compileBlueprint(defined.document, defined), "work", "work", inputOf(), {
      timeoutMs: 60_000,
      signal: engine.signal,
    });
    engine.abort(new Error("the engine stops"));
    expect(await running).toMatchObject({ error: { message: "the engine stops" } });
  });

  it("reads keys that it declares, from history before input, and fails clearly without them", async () => {
    const defined = defineBlueprint({
      name: "reads",
      states: {
        work: handler(
          { to: ["done"], reads: { score: z.number(), kind: z.string(), note: z.string().optional() } },
          ({ score, kind, note, stateHistory, actions }) => {
            stateHistory.seen = `${score} ${kind} ${note}`;
            return actions.transitionTo("done");
          },
        ),
        done: end({ outcome: "success" }),
      },
    });
    expect((await run(defined)).patch?.set).toEqual({ seen: "2 urgent undefined" });
    expect((await run(defined, { stateHistory: {} })).error?.message).toMatch(
      /'work' reads 'score', which earlier states did not give/,
    );
  });
});

describe("the handler of an end", () => {
  it("may keep data and needs no action", async () => {
    const defined = blueprintOf(
      ({ actions }) => actions.transitionTo("done"),
      ({ stateHistory }) => {
        stateHistory.total = 5;
      },
    );
    expect(defined.document.states.done).toMatchObject({ type: "end", handler: "done" });
    expect(await run(defined, {}, "done")).toMatchObject({ action: null, patch: { set: { total: 5 } } });
  });

  it("leads nowhere", async () => {
    const defined = blueprintOf(
      ({ actions }) => actions.transitionTo("done"),
      ({ actions }) => actions.transitionTo("work" as never),
    );
    expect((await run(defined, {}, "done")).error?.message).toMatch(/end state, which leads nowhere/);
  });
});

describe("variants and inline handlers", () => {
  const defined = defineBlueprint({
    name: "variants",
    states: {
      route: handler({ to: ["fast", "slow"], inline: true }, ({ actions }) => actions.transitionTo("slow"))
        .when("initial_data.kind == 'urgent'", ({ actions }) => actions.transitionTo("fast"))
        .when("initial_data.kind == 'async'", async ({ actions }) => actions.transitionTo("fast")),
      "route-when-1": end({ outcome: "failure" }, () => undefined),
      fast: handler({ to: ["route-when-1", "slow"] }, ({ actions }) => actions.transitionTo("slow")),
      slow: end({ outcome: "success" }),
    },
  });
  const compiled = compileBlueprint(defined.document, defined);

  it("stand as cases in the document, under names of their own", () => {
    expect(defined.document.states.route).toEqual({
      type: "handler",
      start: true,
      handler: "route",
      to: ["fast", "slow"],
      inline: true,
      cases: [
        { when: "initial_data.kind == 'urgent'", handler: "route-when-1" },
        { when: "initial_data.kind == 'async'", handler: "route-when-2" },
      ],
    });
    expect(defined.document.states["route-when-1"]).toMatchObject({ handler: "route-when-1-2" });
    expect(Object.keys(defined.handlers)).toEqual(["route", "route-when-1", "route-when-2", "route-when-1-2", "fast"]);
  });

  it("run synchronously when they are inline", () => {
    expect(runInlineHandler(compiled, "route", "route", inputOf())).toMatchObject({ action: { to: "slow" } });
    expect(runInlineHandler(compiled, "route", "route-when-1", inputOf())).toMatchObject({ action: { to: "fast" } });
    expect(runInlineHandler(compiled, "route", "route-when-2", inputOf()).error?.message).toMatch(
      /inline, but returned a promise/,
    );
    expect(runInlineHandler(compiled, "route", "other", inputOf()).error?.message).toMatch(/no handler 'other'/);
    expect(runInlineHandler(compiled, "slow-er", "route", inputOf()).error?.message).toMatch(/has no handler/);
  });
});
