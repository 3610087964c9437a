import type { ContextPatch, HandlerAction, SentEvent } from "@/lib/blueprint/action";
import { targetsOf } from "@/lib/blueprint/action";
import { actionFaults } from "@/lib/blueprint/schema/action-schema";
import type { JsonObject } from "@/lib/json";
import type { StandardResult } from "@/lib/standard-schema";
import { MAX_HANDLER_CHARS } from "../limits";
import type { CompiledBlueprint, CompiledEndState, CompiledHandlerState } from "./compile";
import type { HandlerInput, HandlerReturn, RegisteredHandler } from "./handler";
import { ActionRecorder } from "./handler-actions";
import { HandlerContextView } from "./handler-context";
import { toPlainJson } from "./plain-json";

/** What a handler did. `action` is null only in an end state. */
export type HandlerRun =
  | { error?: undefined; action: HandlerAction | null; patch: ContextPatch; events: SentEvent[] }
  | { error: HandlerFailure; action?: undefined; patch?: undefined; events?: undefined };

/** Why a run failed: the user's exception, a misuse of the actions, or the time limit. */
export interface HandlerFailure {
  message: string;
  stack?: string;
}

export interface RunOptions {
  timeoutMs: number;
  /** Fires when the engine stops. */
  signal?: AbortSignal;
}

interface Run {
  state: CompiledHandlerState | CompiledEndState;
  registered: RegisteredHandler;
  recorder: ActionRecorder;
  context: HandlerContextView;
}

/**
 * Runs a handler of `stateName`: `handlerName` is the state's own or that of the variant whose condition was true. Never
 * throws; a failure is data. A synchronous endless loop cannot be ended from here.
 */
export async function runHandler(
  blueprint: CompiledBlueprint,
  stateName: string,
  handlerName: string,
  input: HandlerInput,
  options: RunOptions,
): Promise<HandlerRun> {
  const limit = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, limit.signal]) : limit.signal;
  const timer = setTimeout(
    () => limit.abort(new Error(`The handler took longer than ${options.timeoutMs} ms`)),
    options.timeoutMs,
  );
  let run: Run | null = null;
  try {
    run = prepare(blueprint, stateName, handlerName, input, signal);
    const returned = await untilAborted(callHandler(run, handlerName), signal);
    return finish(run, handlerName, returned);
  } catch (error) {
    return { error: failureOf(error) };
  } finally {
    clearTimeout(timer);
    run?.recorder.end();
  }
}

/**
 * The same for a handler marked `inline`, synchronously, so that it can chain within a turn. One that returns a promise
 * has broken its own promise to be quick, and fails.
 */
export function runInlineHandler(
  blueprint: CompiledBlueprint,
  stateName: string,
  handlerName: string,
  input: HandlerInput,
): HandlerRun {
  let run: Run | null = null;
  try {
    run = prepare(blueprint, stateName, handlerName, input, new AbortController().signal);
    const parameter = run.context;
    for (const [key, schema] of Object.entries(run.registered.reads)) {
      const result = schema["~standard"].validate(run.context.read(key));
      if (result instanceof Promise)
        throw new Error(`Handler '${handlerName}' is inline, but the schema of '${key}' is asynchronous`);
      define(parameter, key, accepted(result, key, handlerName));
    }
    const returned = run.registered.run(parameter as never);
    if (returned instanceof Promise) {
      returned.catch(() => undefined); // its failure is the one reported below
      throw new Error(`Handler '${handlerName}' is marked inline, but returned a promise`);
    }
    return finish(run, handlerName, returned);
  } catch (error) {
    return { error: failureOf(error) };
  } finally {
    run?.recorder.end();
  }
}

function prepare(
  blueprint: CompiledBlueprint,
  stateName: string,
  handlerName: string,
  input: HandlerInput,
  signal: AbortSignal,
): Run {
  const state = blueprint.states.get(stateName);
  if (state?.type !== "handler" && state?.type !== "end") throw new Error(`State '${stateName}' has no handler`);
  const registered = Object.hasOwn(blueprint.handlers, handlerName) ? blueprint.handlers[handlerName] : undefined;
  if (!registered) throw new Error(`Blueprint '${blueprint.document.name}' has no handler '${handlerName}'`);
  const recorder: ActionRecorder = new ActionRecorder((values) =>
    context.update(toPlainJson(values, "updateContext") as JsonObject),
  );
  const context = new HandlerContextView(input, stateName, recorder.actions, blueprint.dataStores, signal);
  return { state, registered, recorder, context };
}

async function callHandler(run: Run, handlerName: string): Promise<HandlerReturn> {
  for (const [key, schema] of Object.entries(run.registered.reads)) {
    define(run.context, key, accepted(await schema["~standard"].validate(run.context.read(key)), key, handlerName));
  }
  return run.registered.run(run.context as never);
}

function accepted(result: StandardResult<unknown>, key: string, handlerName: string): unknown {
  if (!result.issues) return result.value;
  const issues = result.issues.map((issue) => issue.message).join("; ");
  throw new Error(`Handler '${handlerName}' reads '${key}', which earlier states did not give as declared: ${issues}`);
}

/** Injects a key by name, unless it is one of the names that every handler has. */
function define(context: HandlerContextView, key: string, value: unknown): void {
  if (!(key in context)) Object.defineProperty(context, key, { value, enumerable: true });
}

function finish(run: Run, handlerName: string, returned: HandlerReturn): HandlerRun {
  const { recorder, state, context } = run;
  if (recorder.fault) throw recorder.fault;
  const action = actionOf(recorder, returned, handlerName);
  if (action) checkAction(action, state, handlerName);
  else if (state.type !== "end") {
    throw new Error(
      `Handler '${handlerName}' did no action; it must do exactly one, such as actions.transitionTo("…")`,
    );
  }
  const made = { action, patch: context.patch(), events: recorder.events };
  checkSize(made, handlerName);
  return made;
}

function checkSize(run: object, handlerName: string): void {
  const { length } = JSON.stringify(run);
  if (length <= MAX_HANDLER_CHARS) return;
  throw new Error(
    `Handler '${handlerName}' gave ${length} characters of data at once, more than ${MAX_HANDLER_CHARS}: store them elsewhere and keep their address`,
  );
}

function actionOf(recorder: ActionRecorder, returned: HandlerReturn, handlerName: string): HandlerAction | null {
  if (returned === undefined || returned === null || returned === recorder.action) return recorder.action;
  if (typeof returned !== "object" || !("type" in returned)) {
    throw new Error(
      `Handler '${handlerName}' returned a ${typeof returned}, which is not an action; change stateHistory to keep data`,
    );
  }
  if (recorder.action)
    throw new Error(
      `Handler '${handlerName}' does exactly one action: it called ${recorder.action.type} and returned another`,
    );
  return toPlainJson(returned, "action") as unknown as HandlerAction;
}

function checkAction(action: HandlerAction, state: CompiledHandlerState | CompiledEndState, handlerName: string): void {
  if (state.type === "end")
    throw new Error(`Handler '${handlerName}' belongs to an end state, which leads nowhere, but did ${action.type}`);
  const faults = actionFaults(action);
  if (faults.length > 0) throw new Error(`Handler '${handlerName}' did a faulty ${action.type}: ${faults.join("; ")}`);
  const strange = targetsOf(action).find((target) => !state.to.has(target));
  if (strange !== undefined) {
    throw new Error(
      `Handler '${handlerName}' leads to '${strange}', which is not among its targets: ${[...state.to].join(", ")}`,
    );
  }
}

/** The promise, unless the signal fires first. What the handler does afterwards is ignored. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error("The handler was stopped"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function failureOf(error: unknown): HandlerFailure {
  if (!(error instanceof Error)) return { message: `The handler threw ${textOf(error).slice(0, 200)}` };
  return { message: textOf(error.message).slice(0, 2000) || error.name, stack: error.stack?.slice(0, 8000) };
}

/** Anything may be thrown, also what has no text, or one that cannot be stored. */
function textOf(value: unknown): string {
  try {
    return String(value).replaceAll(/[\0\p{Surrogate}]/gu, "\uFFFD");
  } catch {
    return `a ${typeof value} without a text`;
  }
}
