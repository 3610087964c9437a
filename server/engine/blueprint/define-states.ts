import type {
  ApprovalState,
  BlueprintState,
  ChildState,
  ChoiceState,
  ParallelState,
  SetState,
  TaskState,
  WaitState,
} from "@/lib/blueprint/document";
import type { JsonObject } from "@/lib/json";
import type { ApprovalOptions, ChildOptions, TaskOptions } from "./actions";
import type { RegisteredHandler } from "./handler";
import { approvalFields, defined, taskSpecOf } from "./snake-case";

/** Puts a handler into the blueprint's table and gives its name. */
export type RegisterHandler = (suffix: string, handler: RegisteredHandler) => string;

/** One state of `defineBlueprint({ states })`. `Targets` are the states it can lead to. */
export interface StateDefinition<Targets extends string> {
  build(register: RegisterHandler): BlueprintState;
  /** Only for the compiler: never present. */
  readonly targets?: Targets;
}

interface Common {
  /** Exactly one state starts; the first one of the blueprint when none says so. */
  start?: boolean;
  description?: string;
}

/** The first case whose condition is true leads on, else `default`. */
export function choice<const Targets extends string>(
  options: Common & { cases: { when: string; to: Targets }[]; default?: Targets },
): StateDefinition<Targets> {
  return fixed<Targets>({ type: "choice", ...options } satisfies ChoiceState);
}

/** Computes data without code: `values` is a template, merged into `state_history`. */
export function set<const Targets extends string>(
  options: Common & { values: JsonObject; to: Targets },
): StateDefinition<Targets> {
  return fixed<Targets>({ type: "set", ...options } satisfies SetState);
}

/** Gives work to a worker; its outcome leads on. */
export function task<const Targets extends string>(
  options: Common & TaskOptions & { transitions: Record<string, Targets>; onEvent?: Record<string, Targets> },
): StateDefinition<Targets> {
  const { start, description, transitions, onEvent, ...work } = options;
  return fixed<Targets>({
    type: "task",
    start,
    description,
    ...taskSpecOf(work),
    transitions,
    on_event: onEvent,
  } satisfies TaskState);
}

type Branches = { tasks: TaskOptions[] } | { forEach: string; task: TaskOptions };

/** Many tasks at once; when all are done, `aggregateInto` reads `aggregation_list`. */
export function parallel<const Targets extends string>(
  options: Common &
    Branches & {
      aggregateInto: Targets;
      concurrency?: number;
      tolerateFailures?: number;
      transitions?: { failure?: Targets };
    },
): StateDefinition<Targets> {
  return fixed<Targets>({
    type: "parallel",
    start: options.start,
    description: options.description,
    tasks: "tasks" in options ? options.tasks.map(taskSpecOf) : undefined,
    for_each: "forEach" in options ? options.forEach : undefined,
    task: "task" in options ? taskSpecOf(options.task) : undefined,
    aggregate_into: options.aggregateInto,
    concurrency: options.concurrency,
    tolerate_failures: options.tolerateFailures,
    transitions: options.transitions,
  } satisfies ParallelState);
}

/** Asks people; their decision leads on. */
export function approval<const Targets extends string>(
  options: Common & ApprovalOptions<Targets>,
): StateDefinition<Targets> {
  const { start, description, ...asked } = options;
  return fixed<Targets>({
    type: "approval",
    start,
    description,
    ...approvalFields(asked),
  } satisfies ApprovalState);
}

/** Runs another blueprint and waits for it. `input` is a template. */
export function child<const Targets extends string>(options: Common & ChildOptions<Targets>): StateDefinition<Targets> {
  return fixed<Targets>({ type: "child", ...options } satisfies ChildState);
}

/** Waits for a time or a signal. `seconds` and `until` may be templates. */
export function wait<const Targets extends string>(
  options: Common &
    (
      | { seconds: number | string; to: Targets }
      | { until: string; to: Targets }
      | { signal: string; timeoutSeconds?: number; transitions: { received: Targets; timeout?: Targets } }
    ),
): StateDefinition<Targets> {
  const { start, description } = options;
  if ("signal" in options) {
    const { signal, timeoutSeconds, transitions } = options;
    return fixed<Targets>({
      type: "wait",
      start,
      description,
      signal,
      timeout_seconds: timeoutSeconds,
      transitions,
    } satisfies WaitState);
  }
  return fixed<Targets>({ type: "wait", ...options } satisfies WaitState);
}

function fixed<Targets extends string>(state: BlueprintState): StateDefinition<Targets> {
  const document = defined(state);
  return { build: () => document };
}
