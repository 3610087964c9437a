import { BridgeError } from "./bridge-error";

/** What a task threw that was no error: a string, an object, nothing at all. */
export class NonErrorThrown extends Error {
  override readonly name = "NonErrorThrown";

  constructor(readonly value: unknown) {
    super(`The task threw ${describe(value)}, which is no Error`);
  }
}

// biome-ignore lint/complexity/noBannedTypes: only the prototype is used, whatever the constructor takes
export type ErrorClass = Function & { readonly prototype: Error };

/** On globalThis: a program may hold several copies of this module, and all of them must know the same classes. */
const REGISTRY = Symbol.for("batuta.bridge.errors");

function registry(): Map<string, ErrorClass> {
  const holder = globalThis as { [REGISTRY]?: Map<string, ErrorClass> };
  holder[REGISTRY] ??= new Map<string, ErrorClass>([
    ...[Error, TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError, AggregateError].map(
      (each): [string, ErrorClass] => [each.name, each],
    ),
    ["BridgeError", BridgeError],
    ["NonErrorThrown", NonErrorThrown],
  ]);
  return holder[REGISTRY];
}

/**
 * Makes errors of this class come back from tasks as instances of it. Known by the class's name; its constructor is not
 * called (its arguments are not known), so what the constructor keeps in `#private` members is not there.
 */
export function registerError(errorClass: ErrorClass): void {
  if (typeof errorClass !== "function" || !(errorClass.prototype instanceof Error)) {
    throw new BridgeError("INVALID_TASK", "registerError takes a class that extends Error");
  }
  registry().set(errorClass.name, errorClass);
}

export function registeredError(name: string): ErrorClass | undefined {
  return registry().get(name);
}

function describe(value: unknown): string {
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 200))}`;
  if (value === null || typeof value !== "object") return String(value);
  return Array.isArray(value) ? "a list" : "an object";
}
