import type { InputOf, OutputOf, StandardSchema } from "@/lib/standard-schema";
import { BridgeError } from "./bridge-error";
import type { LogRecord } from "./executor";
import type { Isolation } from "./isolation";

/** What a task of the bridge is given besides its input; the part of a slot's context that every isolation has. */
export interface BridgeContext {
  /** The execution's id. */
  readonly id: string;
  /** Aborted when the task is cancelled, over its time limit, or the bridge closes; its reason says which. */
  readonly signal: AbortSignal;
  /** W3C trace context of the caller; empty when none came. */
  readonly traceparent: string;
  /** Tells whoever listens how far the work is, 0…1. */
  progress(fraction: number, message?: string): void;
  log(record: LogRecord): void;
}

const MARK = Symbol.for("batuta.bridge.task");

/** A task as both sides know it: the caller checks the input, the thread or process imports `module` and runs it. */
export interface BridgeTask<CallerInput = unknown, Output = unknown> {
  readonly name: string;
  readonly version: number;
  /** File URL of the module that exports it. */
  readonly module: string;
  readonly input: StandardSchema<unknown, CallerInput> | undefined;
  readonly output: StandardSchema<Output> | undefined;
  readonly isolation: Isolation | undefined;
  // A method, so that a task of any input is a BridgeTask.
  run(input: unknown, context: BridgeContext): Output | Promise<Output>;
}

interface Common {
  /** Letters, digits, `.`, `_`, `-`; unique among the exports of its module. */
  name: string;
  /** 1 unless told; a caller never runs another version than its own. */
  version?: number;
  /** `import.meta.url` of the module that exports the task. */
  module: string;
  isolation?: Isolation;
}

type TypedBySchemas<I extends StandardSchema, O extends StandardSchema> = Common & {
  input: I;
  output: O;
  run(input: OutputOf<I>, context: BridgeContext): InputOf<O> | Promise<InputOf<O>>;
};
type TypedByInput<I extends StandardSchema, Output> = Common & {
  input: I;
  output?: undefined;
  run(input: OutputOf<I>, context: BridgeContext): Output | Promise<Output>;
};
type TypedByOutput<Input, O extends StandardSchema> = Common & {
  input?: undefined;
  output: O;
  run(input: Input, context: BridgeContext): InputOf<O> | Promise<InputOf<O>>;
};
type TypedByRun<Input, Output> = Common & {
  input?: undefined;
  output?: undefined;
  run(input: Input, context: BridgeContext): Output | Promise<Output>;
};

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Defines a task that can run in another thread or process. Export what it gives from the module named in `module`: the
 * other side imports that module and finds it by its name, since functions do not travel. Throws INVALID_TASK.
 */
export function defineTask<I extends StandardSchema, O extends StandardSchema>(
  definition: TypedBySchemas<I, O>,
): BridgeTask<InputOf<I>, OutputOf<O>>;
export function defineTask<I extends StandardSchema, Output>(
  definition: TypedByInput<I, Output>,
): BridgeTask<InputOf<I>, Awaited<Output>>;
export function defineTask<Input, O extends StandardSchema>(
  definition: TypedByOutput<Input, O>,
): BridgeTask<Input, OutputOf<O>>;
export function defineTask<Input, Output>(definition: TypedByRun<Input, Output>): BridgeTask<Input, Awaited<Output>>;
export function defineTask(definition: Common & Pick<BridgeTask, "run"> & Partial<BridgeTask>): BridgeTask {
  const { name, version = 1, module, input, output, isolation, run } = definition;
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new BridgeError("INVALID_TASK", `A task's name is letters, digits, ".", "_" and "-"; not ${String(name)}`);
  }
  if (!Number.isInteger(version) || version < 1) {
    throw new BridgeError("INVALID_TASK", `The version of ${name} is a whole number from 1`);
  }
  if (typeof module !== "string" || !module.startsWith("file:")) {
    throw new BridgeError("INVALID_TASK", `Give ${name} "module: import.meta.url", so that a thread can import it`);
  }
  if (typeof run !== "function") throw new BridgeError("INVALID_TASK", `${name} has no function "run"`);
  return Object.freeze({ name, version, module, input, output, isolation, run, [MARK]: true });
}

/** Whether `value` came from `defineTask`, of this copy of the module or another. */
export function isBridgeTask(value: unknown): value is BridgeTask {
  return typeof value === "object" && value !== null && (value as { [MARK]?: unknown })[MARK] === true;
}

/** The task of that name among what a module exports; null when there is none. */
export function findTask(exports: Record<string, unknown>, name: string): BridgeTask | null {
  return Object.values(exports).find((each): each is BridgeTask => isBridgeTask(each) && each.name === name) ?? null;
}
