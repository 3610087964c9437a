import { describe, expect, it } from "vitest";
import { contentHash } from "@/server/engine/blueprint/content-hash";
import {
  approval,
  BlueprintError,
  child,
  choice,
  defineBlueprint,
  end,
  handler,
  parallel,
  set,
  task,
  wait,
} from "@/server/engine/blueprint/define";
import { sampleDocument } from "./sample-document";

describe("a blueprint in TypeScript", () => {
  it("gives the very document that JSON gives", () => {
    const { document, handlers, dataStores } = defineBlueprint({
      name: "video_pipeline",
      description: "Transcode, check, publish",
      apiVersion: "v1",
      apiEndpoint: "/jobs/video",
      inputSchema: {
        type: "object",
        required: ["path"],
        properties: { path: { type: "string" }, kind: { type: "string" } },
      },
      outputSchema: {},
      labels: { customer: "${initial_data.customer}" },
      timeoutSeconds: 3600,
      states: {
        route: choice({ cases: [{ when: "initial_data.kind == 'urgent'", to: "fast" }], default: "transcode" }),
        transcode: task({
          taskType: "video_transcoding",
          params: { input_path: "${initial_data.path}", preset: { height: 1080 } },
          transitions: { success: "chunks", failure: "failed", needs_review: "review" },
          dispatchTimeoutSeconds: 60,
          resultTimeoutSeconds: 600,
          timeoutSeconds: 300,
          retry: { maxAttempts: 4, baseMs: 500, maxMs: 30_000, jitter: true },
          priority: 5,
          requirements: { resources: { properties: { ram_gb: 8 } }, installedSoftware: { ffmpeg: "any" } },
          maxCost: 0.5,
          strategy: "cheapest",
          outputSchema: {},
          onEvent: { low_quality: "review" },
        }),
        fast: task({
          taskType: "video_fast",
          params: { path: "${initial_data.path}" },
          transitions: { success: "done", failure: "failed" },
        }),
        chunks: parallel({
          forEach: "${state_history.chunks}",
          task: { taskType: "analyse_chunk", params: { chunk: "${item}", index: "${index}" } },
          concurrency: 20,
          tolerateFailures: 0,
          aggregateInto: "merge",
          transitions: { failure: "failed" },
        }),
        merge: set({ values: { summary: "${aggregation_list.map(r, r.data.score)}" }, to: "review" }),
        review: approval({
          message: "Publish ${initial_data.path}?",
          form: { type: "object", properties: { comment: { type: "string" } } },
          approvers: ["role:approver", "user:ana@example.com"],
          quorum: 2,
          denyStarter: true,
          deadlineSeconds: 86_400,
          escalate: [{ afterSeconds: 3600, to: ["role:admin"] }],
          transitions: { approved: "notify", rejected: "failed", expired: "failed" },
        }),
        notify: child({
          blueprint: "notify_customer",
          input: { id: "${job_id}" },
          transitions: { success: "cool", failure: "failed" },
        }),
        cool: wait({ seconds: 5, to: "done" }),
        done: end({ outcome: "success", result: { summary: "${state_history.summary}" } }),
        failed: end({ outcome: "failure" }),
      },
    });
    expect(document).toEqual(sampleDocument());
    expect(contentHash(JSON.parse(JSON.stringify(document)))).toBe(
      contentHash(JSON.parse(JSON.stringify(sampleDocument()))),
    );
    expect({ handlers, dataStores }).toEqual({ handlers: {}, dataStores: {} });
  });

  it("starts with the state that says so, else with the first", () => {
    const states = (second: boolean) => ({
      a: task({ taskType: "x", transitions: { success: "b", failure: "c" } }),
      b: task({ taskType: "x", start: second, transitions: { success: "a", failure: "c" } }),
      c: end({ outcome: "success" }),
    });
    expect(defineBlueprint({ name: "x", states: states(false) }).document.states.a).toMatchObject({ start: true });
    expect(defineBlueprint({ name: "x", states: states(true) }).document.states.a).not.toHaveProperty("start", true);
  });

  it("does not start with faults, and names all of them", () => {
    const define = () =>
      defineBlueprint({
        name: "broken",
        states: {
          route: choice({ cases: [{ when: "initial_data.kind = 'x'", to: "work" }], default: "done" }),
          work: handler({ to: ["work"] }, ({ actions }) => actions.transitionTo("work")),
          lonely: set({ values: {}, to: "done" }),
          done: end({ outcome: "success" }),
        },
      });
    expect(define).toThrow(BlueprintError);
    expect(define).toThrow(/Blueprint 'broken' cannot be used:/);
    expect(define).toThrow(/state 'route', key 'cases\[0\]\.when': .*Compare with ==/);
    expect(define).toThrow(/state 'work': No end can be reached from here/);
    expect(define).toThrow(/state 'lonely': The state cannot be reached from 'route'/);
  });
});
