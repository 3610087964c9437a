import fc from "fast-check";
import type { HandlerAction } from "@/lib/blueprint/action";
import type { BlueprintDocument, BlueprintState, RetryPolicy, TaskSpec } from "@/lib/blueprint/document";
import type { JsonObject } from "@/lib/json";

/** A loop ends here at the latest, so that every job ends when it is answered. */
export const MAX_TRANSITIONS = 25;
/** Blueprints that children may be of; `nobody` does not exist, `choosy` refuses most inputs. */
export const CHILD_NAMES = ["slow_kid", "quick_kid", "choosy_kid", "nobody"];

const STATES = ["s0", "s1", "s2", "s3", "s4", "s5"];
const target = fc.constantFrom(...STATES, "won", "lost", "looked");
const condition = fc.constantFrom("state_history.n > 1", "size(aggregation_list) > 1", "initial_data.flag", "1 == 1");
const retry: fc.Arbitrary<RetryPolicy> = fc.record({ max_attempts: fc.integer({ min: 1, max: 3 }) });

/** With or without each of the keys. */
const some = <T extends JsonObject | object>(keys: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(keys, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;

const taskSpec: fc.Arbitrary<TaskSpec> = fc
  .tuple(
    fc.constantFrom("a", "b"),
    some<Omit<TaskSpec, "task_type">>({
      retry,
      priority: fc.integer({ min: -1, max: 3 }),
      timeout_seconds: fc.constant(5),
      dispatch_timeout_seconds: fc.constant(7),
      result_timeout_seconds: fc.constant(60),
      output_schema: fc.constant({ type: "object", required: ["k"] }),
    }),
  )
  .map(([task_type, rest]) => ({ task_type, params: { from: "${job_id}" }, ...rest }));

const outcomes = fc
  .tuple(target, some({ failure: target, again: target }))
  .map(([success, more]) => ({ success, ...more }) as Record<string, string>);

const onEvent = some<{ moved: string }>({ moved: target }) as fc.Arbitrary<Record<string, string>>;

const task = fc
  .tuple(taskSpec, outcomes, onEvent)
  .map(([spec, transitions, on_event]): BlueprintState => ({ type: "task", ...spec, transitions, on_event }));

const fanOptions = some<{ concurrency: number; tolerate_failures: number; transitions: { failure?: string } }>({
  concurrency: fc.integer({ min: 1, max: 3 }),
  tolerate_failures: fc.integer({ min: 0, max: 2 }),
  transitions: target.map((failure) => ({ failure })),
});

const parallel = fc.oneof(
  fc
    .tuple(fc.array(taskSpec, { minLength: 1, maxLength: 4 }), target, fanOptions)
    .map(([tasks, into, more]): BlueprintState => ({ type: "parallel", tasks, aggregate_into: into, ...more })),
  fc.tuple(taskSpec, target, fanOptions).map(
    ([spec, into, more]): BlueprintState => ({
      type: "parallel",
      for_each: "${initial_data.items}",
      task: { ...spec, params: { item: "${item}", index: "${index}" } },
      aggregate_into: into,
      ...more,
    }),
  ),
);

const approvalParts = some<{
  quorum: number;
  quorum_rejected: number;
  deadline_seconds: number;
  escalate: { after_seconds: number; to: string[] }[];
}>({
  quorum: fc.integer({ min: 1, max: 2 }),
  quorum_rejected: fc.constant(2),
  deadline_seconds: fc.constant(60),
  escalate: fc.constantFrom(
    [{ after_seconds: 5, to: ["role:admin"] }],
    [
      { after_seconds: 5, to: ["role:admin"] },
      { after_seconds: 9, to: ["user:x@example.com"] },
    ],
  ),
});
const words = fc
  .tuple(target, some({ rejected: target, expired: target, later: target }))
  .map(([approved, more]) => ({ approved, ...more }) as Record<string, string>);

const approval = fc
  .tuple(words, approvalParts)
  .map(([transitions, more]): BlueprintState => ({ type: "approval", message: "Go on?", transitions, ...more }));

const childTransitions = fc
  .tuple(target, some({ failure: target, quarantined: target, cancelled: target }))
  .map(([success, more]) => ({ success, ...more }) as Record<string, string>);

const child = fc.tuple(fc.constantFrom(...CHILD_NAMES), childTransitions).map(
  ([blueprint, transitions]): BlueprintState => ({
    type: "child",
    blueprint,
    input: { n: "${initial_data.n}" },
    transitions,
  }),
);

const wait = fc.oneof(
  target.map((to): BlueprintState => ({ type: "wait", seconds: 60, to })),
  target.map((to): BlueprintState => ({ type: "wait", until: "${now}", to })),
  target.map((to): BlueprintState => ({ type: "wait", seconds: "${state_history.nothing}", to })),
  fc
    .tuple(target, some<{ timeout_seconds: number }>({ timeout_seconds: fc.constant(9) }), some({ timeout: target }))
    .map(
      ([received, limit, more]): BlueprintState => ({
        type: "wait",
        signal: "go",
        ...limit,
        transitions: { received, ...more },
      }),
    ),
);

const state: fc.Arbitrary<BlueprintState> = fc.oneof(
  task,
  parallel,
  approval,
  child,
  wait,
  fc
    .tuple(condition, target, target)
    .map(([when, to, other]): BlueprintState => ({ type: "choice", cases: [{ when, to }], default: other })),
  fc
    .tuple(
      fc.constantFrom<JsonObject>({ n: 2 }, { n: "${size(aggregation_list)}" }, { n: "${state_history.none}" }),
      target,
    )
    .map(([values, to]): BlueprintState => ({ type: "set", values, to })),
  retry.map(
    (policy): BlueprintState => ({ type: "handler", handler: "any", to: [...STATES, "won", "lost"], retry: policy }),
  ),
);

/** A document with all kinds of states, leading anywhere. */
export const anyDocument: fc.Arbitrary<BlueprintDocument> = fc
  .tuple(
    fc.array(state, { minLength: STATES.length, maxLength: STATES.length }),
    some<{ timeout_seconds: number }>({ timeout_seconds: fc.constant(600) }),
  )
  .map(([states, more]) => ({
    name: "any",
    max_transitions: MAX_TRANSITIONS,
    ...more,
    states: {
      ...Object.fromEntries(states.map((one, index) => [`s${index}`, index === 0 ? { ...one, start: true } : one])),
      won: { type: "end", outcome: "success", result: { n: "${size(state_history)}" } },
      lost: { type: "end", outcome: "failure" },
      looked: { type: "end", outcome: "success", handler: "look" },
    },
  }));

/** What a handler may come back with. */
export const anyAction: fc.Arbitrary<HandlerAction | null> = fc.oneof(
  fc.constant(null),
  target.map((to): HandlerAction => ({ type: "transition_to", to })),
  fc
    .tuple(taskSpec, outcomes, onEvent)
    .map(([spec, transitions, on_event]): HandlerAction => ({ type: "dispatch_task", ...spec, transitions, on_event })),
  fc
    .tuple(fc.array(taskSpec, { maxLength: 3 }), target, fanOptions)
    .map(([tasks, into, more]): HandlerAction => ({ type: "dispatch_parallel", tasks, aggregate_into: into, ...more })),
  fc
    .tuple(words, approvalParts)
    .map(
      ([transitions, more]): HandlerAction => ({ type: "await_human_approval", message: "?", transitions, ...more }),
    ),
  fc
    .tuple(fc.constantFrom(...CHILD_NAMES), childTransitions)
    .map(([blueprint, transitions]): HandlerAction => ({ type: "run_blueprint", blueprint, input: {}, transitions })),
  target.map((to): HandlerAction => ({ type: "wait_for", seconds: 3, to })),
  fc.tuple(target, some({ timeout: target })).map(
    ([received, more]): HandlerAction => ({
      type: "wait_for",
      signal: "go",
      timeout_seconds: 5,
      transitions: { received, ...more },
    }),
  ),
);
