import { describe, expect, it } from "vitest";
import { compileBlueprint } from "@/server/engine/blueprint/compile";
import { canonicalJson, contentHash } from "@/server/engine/blueprint/content-hash";
import { endpointClash } from "@/server/engine/blueprint/endpoint";
import { evaluateCondition } from "@/server/engine/expression/evaluate";
import { evaluateTemplate } from "@/server/engine/expression/template";
import { sampleScope } from "@/test/engine/expression/expression-scope";
import { sampleDocument } from "./sample-document";

describe("a compiled blueprint", () => {
  const compiled = compileBlueprint(sampleDocument());
  const scope = sampleScope({ initial_data: { path: "a.mp4", kind: "urgent", customer: "acme" } });

  it("has each state ready to run, with its defaults", () => {
    expect(compiled).toMatchObject({ start: "route", maxTransitions: 1000, timeoutMs: 3_600_000 });
    expect([...compiled.states.keys()]).toEqual(Object.keys(sampleDocument().states));
    expect(compiled.states.get("review")).toMatchObject({
      quorum: 2,
      quorumRejected: 1,
      denyStarter: true,
      deadlineMs: 86_400_000,
      decisions: ["approved", "rejected"],
    });
    expect(compiled.states.get("chunks")).toMatchObject({
      concurrency: 20,
      tolerateFailures: 0,
      aggregateInto: "merge",
      failureTo: "failed",
    });
    expect(compiled.states.get("cool")).toMatchObject({ to: "done", timeoutTo: null, signal: null });
    expect(compiled.states.get("failed")).toMatchObject({ outcome: "failure", result: null, handler: null });
  });

  it("evaluates conditions, templates and labels", () => {
    const route = compiled.states.get("route");
    const transcode = compiled.states.get("transcode");
    if (route?.type !== "choice" || transcode?.type !== "task") throw new Error("other states");
    expect(route.cases.map(({ when, to }) => [evaluateCondition(when, scope).result, to])).toEqual([[true, "fast"]]);
    expect(evaluateTemplate(transcode.task.params, scope)).toEqual({ input_path: "a.mp4", preset: { height: 1080 } });
    expect(compiled.labels.map(([name, template]) => [name, evaluateTemplate(template, scope)])).toEqual([
      ["customer", "acme"],
    ]);
    expect(compiled.inputValidator?.validate({})).toMatchObject({ ok: false });
  });
});

describe("the hash of a document", () => {
  it("tells content apart, not the order of keys", () => {
    expect(contentHash({ a: 1, b: { c: [1, 2], d: "é" } })).toBe(contentHash({ b: { d: "é", c: [1, 2] }, a: 1 }));
    expect(contentHash({ a: [1, 2] })).not.toBe(contentHash({ a: [2, 1] }));
    expect(contentHash({ a: 1 })).not.toBe(contentHash({ a: "1" }));
    expect(canonicalJson({ b: null, a: ["x", { z: 1, y: true }] })).toBe('{"a":["x",{"y":true,"z":1}],"b":null}');
    expect(contentHash({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  });
});

describe("an endpoint", () => {
  const routes = ["/jobs/{job_id}/cancel", "/jobs/bulk", "/schedules", "/blueprints/:name/versions"];
  it.each([
    ["/jobs/video", null],
    ["/jobs/bulk", "/jobs/bulk"],
    ["/jobs/video/cancel", "/jobs/{job_id}/cancel"],
    ["/schedules", "/schedules"],
    ["/schedules/x", null],
    ["/blueprints/a/versions", "/blueprints/:name/versions"],
    ["/workflows/video", null],
  ])("%s clashes with %s", (endpoint, route) => {
    expect(endpointClash(endpoint, routes)).toBe(route);
  });
});
