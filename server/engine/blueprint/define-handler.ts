import type { EndOutcome, EndState, HandlerState } from "@/lib/blueprint/document";
import type { JsonObject, JsonValue } from "@/lib/json";
import type { RetryOptions } from "./actions";
import type { RegisterHandler, StateDefinition } from "./define-states";
import type { DataStores, HandlerParameter, HandlerReturn, Reads } from "./handler";
import { defined, retryOf } from "./snake-case";

/** What the handlers of a blueprint share: the type of their input and of their data stores. */
export interface HandlerTypes {
  input: unknown;
  dataStores: unknown;
}

interface Untyped {
  input: JsonObject;
  dataStores: DataStores;
}

type HandlerFunction<Targets extends string, T extends HandlerTypes, R extends Reads> = (
  parameter: HandlerParameter<Targets, T["input"], T["dataStores"], R>,
) => HandlerReturn | Promise<HandlerReturn>;

export interface HandlerOptions<Targets extends string, R extends Reads> {
  /** Every state that the handler may lead to: the graph is drawn from it. */
  to: readonly Targets[];
  /** Keys that earlier workers returned, each with its schema; checked before the handler runs. */
  reads?: R;
  start?: boolean;
  description?: string;
  /** Promises to be pure and quick, and runs inside the engine's turn. */
  inline?: boolean;
  timeoutSeconds?: number;
  retry?: RetryOptions;
}

/** A handler state, to which variants can be added. */
export interface HandlerDefinition<Targets extends string, T extends HandlerTypes, R extends Reads>
  extends StateDefinition<Targets> {
  /** Runs `variant` instead when `condition` holds; the first that is true wins. */
  when(condition: string, variant: HandlerFunction<Targets, T, R>): HandlerDefinition<Targets, T, R>;
}

export interface EndOptions {
  outcome: EndOutcome;
  /** Template; default the whole `state_history`. */
  result?: JsonValue;
  start?: boolean;
  description?: string;
}

/** `handler` and `end` for a blueprint whose input and data stores have types: `handlersFor<{ input: Order; dataStores: typeof stores }>()`. */
export function handlersFor<T extends HandlerTypes>() {
  return {
    /** A state of code: the handler does exactly one action, which leads to one of `to`. */
    handler<const Targets extends string, R extends Reads = Record<never, never>>(
      options: HandlerOptions<Targets, R>,
      run: HandlerFunction<Targets, T, R>,
    ): HandlerDefinition<Targets, T, R> {
      return withVariants<Targets, T, R>(options, run, []);
    },

    /** An end state, with a handler of its own if wished: it may change data and send events, and leads nowhere. */
    end<R extends Reads = Record<never, never>>(
      options: EndOptions & { reads?: R },
      run?: HandlerFunction<never, T, R>,
    ): StateDefinition<never> {
      const { reads, ...fields } = options;
      return {
        build(register) {
          const name = run && register("", { run, reads: reads ?? {} });
          return defined({ type: "end", ...fields, handler: name } satisfies EndState);
        },
      };
    },
  };
}

export const { handler, end } = handlersFor<Untyped>();

function withVariants<Targets extends string, T extends HandlerTypes, R extends Reads>(
  options: HandlerOptions<Targets, R>,
  run: HandlerFunction<Targets, T, R>,
  variants: readonly { when: string; run: HandlerFunction<Targets, T, R> }[],
): HandlerDefinition<Targets, T, R> {
  const reads = options.reads ?? {};
  return {
    when: (condition, variant) => withVariants(options, run, [...variants, { when: condition, run: variant }]),
    build(register: RegisterHandler) {
      const name = register("", { run, reads });
      const cases = variants.map((variant, index) => ({
        when: variant.when,
        handler: register(`when-${index + 1}`, { run: variant.run, reads }),
      }));
      return defined({
        type: "handler",
        handler: name,
        to: [...options.to],
        start: options.start,
        description: options.description,
        inline: options.inline,
        cases: cases.length > 0 ? cases : undefined,
        timeout_seconds: options.timeoutSeconds,
        retry: options.retry && retryOf(options.retry),
      } satisfies HandlerState);
    },
  };
}
