import { describe, expect, it } from "vitest";
import type { BlueprintDocument, BlueprintState } from "@/lib/blueprint/document";
import { type BlueprintProblem, type ParseOptions, parseBlueprint } from "@/server/engine/blueprint/validate";
import { sampleDocument } from "./sample-document";

function problems(input: unknown, options: Partial<ParseOptions> = {}): BlueprintProblem[] {
  const parsed = parseBlueprint(input, { allowHandlers: false, ...options });
  return parsed.ok ? [] : parsed.problems;
}

/** The sample with some states changed or added. */
function withStates(states: Record<string, unknown>): unknown {
  const document = sampleDocument();
  return { ...document, states: { ...document.states, ...states } };
}

/** A document of the given states between a start and the ends `done` and `failed`. */
function small(states: Record<string, unknown>, rest: Record<string, unknown> = {}): unknown {
  const ends = { done: { type: "end", outcome: "success" }, failed: { type: "end", outcome: "failure" } };
  return { name: "small", ...rest, states: { ...states, ...ends } };
}

const brief = (found: BlueprintProblem[]) => found.map(({ state, key, code }) => `${state ?? ""}:${key}:${code}`);

describe("a sound document", () => {
  it("is accepted as it is", () => {
    const document = sampleDocument();
    expect(parseBlueprint(document, { allowHandlers: false })).toEqual({ ok: true, document });
  });

  it("gets the name of its URL when it has none", () => {
    const { name: _name, ...nameless } = sampleDocument();
    expect(parseBlueprint(nameless, { allowHandlers: false, name: "from_url" })).toMatchObject({
      ok: true,
      document: { name: "from_url" },
    });
  });

  it.each<[string, Record<string, BlueprintState>]>([
    ["wait until", { go: { type: "wait", start: true, until: "2026-01-31T12:00:00Z", to: "done" } }],
    ["wait until a template", { go: { type: "wait", start: true, until: "${initial_data.at}", to: "done" } }],
    [
      "wait for a signal",
      {
        go: {
          type: "wait",
          start: true,
          signal: "paid",
          timeout_seconds: 60,
          transitions: { received: "done", timeout: "failed" },
        },
      },
    ],
    [
      "a choice that always holds",
      {
        go: {
          type: "choice",
          start: true,
          cases: [
            { when: "initial_data.a", to: "failed" },
            { when: "true", to: "done" },
          ],
        },
      },
    ],
    [
      "a cycle with an end",
      {
        go: {
          type: "task",
          start: true,
          task_type: "x",
          transitions: { success: "done", again: "go", failure: "failed" },
        },
      },
    ],
    [
      "tasks of different types",
      {
        go: {
          type: "parallel",
          start: true,
          tasks: [{ task_type: "a" }, { task_type: "b" }],
          aggregate_into: "done",
          transitions: { failure: "failed" },
        },
      },
    ],
  ])("may have %s", (_name, states) => {
    const found = problems(small(states)).filter((problem) => problem.code !== "unreachable");
    expect(found).toEqual([]);
  });
});

describe("a document with faults", () => {
  it("has all of them listed at once, each with blueprint, state, key and fix", () => {
    const document = small(
      {
        route: { type: "choice", start: true, cases: [{ when: "initial_data.kind = 'x'", to: "wrok" }] },
        work: {
          type: "task",
          task_type: "bad name!",
          params: { a: "${foo}" },
          transitions: { success: "doen" },
          retires: 3,
        },
        loop: { type: "set", values: {}, to: "loop" },
        typo: { type: "tsk" },
        review: { type: "approval", message: "ok?", transitions: {} },
      },
      { descripton: "x", input_schema: { type: "strnig" } },
    );
    const found = problems(document);
    expect(brief(found)).toEqual(
      expect.arrayContaining([
        ":descripton:unknown_key",
        "work:task_type:schema",
        "work:retires:unknown_key",
        "typo:type:schema",
        "route:cases[0].when:expression",
        "route:cases[0].to:unknown_target",
        "route:default:choice",
        "review:transitions:approval",
        ":input_schema:json_schema",
      ]),
    );
    for (const problem of found) {
      expect(problem).toMatchObject({
        blueprint: "small",
        message: expect.stringMatching(/\S/),
        fix: expect.stringMatching(/\S/),
      });
    }
    const fixes = Object.fromEntries(found.map((problem) => [problem.key, problem.fix]));
    expect(fixes).toMatchObject({
      descripton: "Did you mean 'description'?",
      "cases[0].to": "Did you mean 'work'?",
      type: expect.stringMatching(/^Did you mean 'task'\? Use one of: handler, choice, /),
      "cases[0].when": "Correct the expression",
    });
  });

  it("does not propose that a state lead to itself", () => {
    const a = { type: "set", start: true, values: { x: 1 }, to: "b" };
    const fixOf = (states: Record<string, unknown>) => problems({ name: "x", states }).map((problem) => problem.fix);
    const end = { type: "end", outcome: "success" };
    expect(fixOf({ a, finished: end })).toEqual(["Add a state 'b', or lead to one of: a, finished"]);
    expect(fixOf({ a, bb: end })).toEqual(["Did you mean 'bb'?"]);
  });

  it.each<[string, unknown, string[]]>([
    ["no start", small({}), [":states:start"]],
    ["two starts", withStates({ done: { type: "end", outcome: "success", start: true } }), [":states:start"]],
    ["no states", { name: "x", states: {} }, [":states:start"]],
    ["a state out of reach", withStates({ lonely: { type: "set", values: {}, to: "done" } }), ["lonely::unreachable"]],
    [
      "no end at all",
      { name: "x", states: { a: { type: "set", start: true, values: {}, to: "a" } } },
      [":states:no_end"],
    ],
    [
      "a cycle without end",
      small({
        a: {
          type: "choice",
          start: true,
          cases: [
            { when: "initial_data.x", to: "b" },
            { when: "initial_data.y", to: "failed" },
          ],
          default: "done",
        },
        b: { type: "set", values: {}, to: "c" },
        c: { type: "set", values: {}, to: "b" },
      }),
      ["b::no_end", "c::no_end"],
    ],
    [
      "a state that leads nowhere",
      small({
        a: { type: "choice", start: true, cases: [{ when: "initial_data.x", to: "b" }], default: "done" },
        b: { type: "task", task_type: "x", transitions: {} },
      }),
      ["failed::unreachable", "b::no_end"],
    ],
    [
      "a choice without a way on",
      withStates({
        route: {
          type: "choice",
          start: true,
          cases: [
            { when: "initial_data.a", to: "fast" },
            { when: "initial_data.b", to: "transcode" },
          ],
        },
      }),
      ["route:default:choice"],
    ],
    [
      "an unknown target of an event",
      withStates({
        fast: { type: "task", task_type: "x", transitions: { success: "done" }, on_event: { bad: "revieww" } },
      }),
      ["fast:on_event.bad:unknown_target"],
    ],
    [
      "a condition that does not parse",
      withStates({
        route: {
          type: "choice",
          start: true,
          cases: [{ when: "initial_data.kind ==", to: "fast" }],
          default: "transcode",
        },
      }),
      ["route:cases[0].when:expression"],
    ],
    [
      "map in a condition",
      withStates({
        route: {
          type: "choice",
          start: true,
          cases: [{ when: "size(initial_data.l.map(x, x)) > 1", to: "fast" }],
          default: "transcode",
        },
      }),
      ["route:cases[0].when:expression"],
    ],
    [
      "a template that does not parse",
      withStates({ cool: { type: "set", values: { deep: [{ a: "${initial_data.}" }] }, to: "done" } }),
      ["cool:values.deep[0].a:expression"],
    ],
    [
      "item outside of a fan-out",
      withStates({ cool: { type: "set", values: { a: "${item.x}" }, to: "done" } }),
      ["cool:values:expression"],
    ],
    ["results in a label", { ...sampleDocument(), labels: { a: "${aggregation_list}" } }, [":labels.a:expression"]],
    [
      "results before any parallel state",
      withStates({ fast: { type: "set", values: { s: "${aggregation_list}" }, to: "done" } }),
      ["fast:values:aggregate"],
    ],
    [
      "a schema that is none",
      withStates({
        fast: {
          type: "task",
          task_type: "x",
          transitions: { success: "done", failure: "failed" },
          output_schema: { type: "nope" },
        },
      }),
      ["fast:output_schema:json_schema"],
    ],
    [
      "a form with a reference to elsewhere",
      withStates({ review: { ...sampleDocument().states.review, form: { $ref: "https://example.com/x.json" } } }),
      ["review:form:json_schema"],
    ],
    [
      "a pattern that backtracks",
      { ...sampleDocument(), input_schema: { properties: { a: { pattern: "(?=a)b" } } } },
      [":input_schema:json_schema"],
    ],
    [
      "both kinds of branches",
      withStates({ chunks: { ...sampleDocument().states.chunks, tasks: [{ task_type: "x" }] } }),
      ["chunks:tasks:parallel"],
    ],
    [
      "for_each without a task",
      withStates({
        chunks: {
          type: "parallel",
          for_each: "${state_history.x}",
          aggregate_into: "merge",
          transitions: { failure: "failed" },
        },
      }),
      ["chunks:task:parallel"],
    ],
    [
      "for_each that is no expression",
      withStates({ chunks: { ...sampleDocument().states.chunks, for_each: "state_history.x" } }),
      ["chunks:for_each:expression"],
    ],
    ["a wait for nothing", withStates({ cool: { type: "wait", to: "done" } }), ["cool:seconds:wait"]],
    [
      "a wait for two things",
      withStates({ cool: { type: "wait", seconds: 1, signal: "x", to: "done" } }),
      ["cool:seconds:wait"],
    ],
    [
      "a wait until no instant",
      withStates({ cool: { type: "wait", until: "tomorrow", to: "done" } }),
      ["cool:until:wait"],
    ],
    [
      "an expiry without a deadline",
      withStates({
        review: { type: "approval", message: "?", transitions: { approved: "notify", expired: "failed" } },
      }),
      ["review:transitions.expired:approval"],
    ],
    ["a reserved name", { ...sampleDocument(), name: "schema" }, [":name:name"]],
    ["a name that is no name", { ...sampleDocument(), name: "a b" }, [":name:schema"]],
    ["a state name that is no name", withStates({ "a b": { type: "end", outcome: "success" } }), ["a b::schema"]],
    ["an endpoint that is no path", { ...sampleDocument(), api_endpoint: "/jobs/../admin" }, [":api_endpoint:schema"]],
    [
      "an unknown key in a retry",
      withStates({ fast: { type: "task", task_type: "x", transitions: { success: "done" }, retry: { max: 3 } } }),
      ["fast:retry.max:unknown_key"],
    ],
    [
      "the wrong type of a member",
      withStates({ cool: { type: "wait", seconds: true, to: "done" } }),
      ["cool:seconds:schema"],
    ],
    ["a missing member", withStates({ cool: { type: "set", values: {} } }), ["cool:to:schema"]],
    ["no outcome at the end", withStates({ done: { type: "end" } }), ["done:outcome:schema"]],
    ["states that are a list", { name: "x", states: [] }, [":states:schema"]],
    ["a state that is null", withStates({ cool: null }), ["cool::schema"]],
  ])("%s", (_name, document, expected) => {
    expect(brief(problems(document))).toEqual(expect.arrayContaining(expected));
    expect(problems(document).length).toBeLessThanOrEqual(expected.length + 2);
  });

  it("refuses code in uploads, and takes it from TypeScript", () => {
    const document = small({
      go: { type: "handler", start: true, handler: "go", to: ["done", "failed", "over"] },
      over: { type: "end", outcome: "success", handler: "over" },
    });
    expect(brief(problems(document))).toEqual(["go:type:handler", "over:handler:handler"]);
    expect(problems(document, { allowHandlers: true })).toEqual([]);
  });

  it("must be sent under its own name", () => {
    expect(problems(sampleDocument(), { name: "other" })).toMatchObject([
      { key: "name", message: expect.stringContaining("'other'") },
    ]);
  });

  it.each([null, 5, "text", [], undefined, () => 1, new Date()])("refuses %s, which is no document", (input) => {
    expect(problems(input)).toHaveLength(1);
  });

  it("refuses hostile JSON with the path", () => {
    const polluted = JSON.parse('{"name":"x","states":{"__proto__":{"type":"end"}}}');
    expect(problems(polluted)).toMatchObject([{ key: "states.__proto__", code: "unsafe_json" }]);
    expect(problems({ ...sampleDocument(), description: "a\u0000b" })).toMatchObject([
      { key: "description", code: "unsafe_json" },
    ]);
    let deep: unknown = 1;
    for (let i = 0; i < 5000; i++) deep = { deep };
    expect(problems(withStates({ cool: { type: "set", values: deep, to: "done" } }))).toMatchObject([
      { code: "unsafe_json", message: "Nested too deeply" },
    ]);
  });

  it("bounds its own work on huge documents", () => {
    const expressions = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [`k${i}`, `\${initial_data.n + ${Array(45).fill(i).join("+")}}`]),
    );
    expect(brief(problems(withStates({ cool: { type: "set", values: expressions, to: "done" } })))).toContain(
      "cool:values:expression",
    );
    const states: BlueprintDocument["states"] = Object.fromEntries(
      Array.from({ length: 1001 }, (_, i) => [
        `s${i}`,
        { type: "set", values: {}, to: `missing${i}` } as BlueprintState,
      ]),
    );
    const found = problems({ name: "x", states });
    expect(found.filter((problem) => problem.fix.startsWith("Did you mean")).length).toBeLessThanOrEqual(50);
    expect(found.length).toBeLessThanOrEqual(500);
    expect(brief(found)).toContain(":states:schema");
  });
});
