import type { HandlerAction, SentEvent } from "@/lib/blueprint/action";
import type { JsonObject } from "@/lib/json";
import type { Actions, WaitOptions } from "./actions";
import { toPlainJson } from "./plain-json";
import { approvalFields, defined, taskSpecOf } from "./snake-case";

/** Collects what one run of a handler does. */
export class ActionRecorder {
  action: HandlerAction | null = null;
  readonly events: SentEvent[] = [];
  /** The first misuse; kept, because the handler may catch what is thrown. */
  fault: Error | null = null;
  private ended = false;

  constructor(private readonly updateContext: (values: JsonObject) => void) {}

  /** From now on calls are errors: the handler has returned, or its time is over. */
  end(): void {
    this.ended = true;
  }

  readonly actions: Actions<string> = {
    transitionTo: (to) => this.record({ type: "transition_to", to }),
    dispatchTask: ({ transitions, onEvent, ...task }) =>
      this.record({ type: "dispatch_task", ...taskSpecOf(task), transitions, on_event: onEvent }),
    dispatchParallel: (options) =>
      this.record({
        type: "dispatch_parallel",
        tasks: options.tasks.map(taskSpecOf),
        aggregate_into: options.aggregateInto,
        concurrency: options.concurrency,
        tolerate_failures: options.tolerateFailures,
        transitions: options.transitions,
      }),
    awaitHumanApproval: (options) => this.record({ type: "await_human_approval", ...approvalFields(options) }),
    runBlueprint: ({ blueprint, input, transitions }) =>
      this.record({ type: "run_blueprint", blueprint, input: input ?? {}, transitions }),
    waitFor: (options) => this.record({ type: "wait_for", ...waitFields(options) }),
    updateContext: (values) => {
      this.checkOpen("updateContext");
      this.updateContext(values);
    },
    sendEvent: (eventType, payload) => {
      this.checkOpen("sendEvent");
      this.events.push({ event_type: eventType, payload: toPlainJson(payload, `payload of event '${eventType}'`) });
    },
  };

  private record(action: HandlerAction): HandlerAction {
    this.checkOpen(action.type);
    if (this.action) {
      this.fault ??= new Error(
        `A handler does exactly one action: ${this.action.type} was called, then ${action.type}`,
      );
      throw this.fault;
    }
    this.action = toPlainJson(defined(action), action.type) as unknown as HandlerAction;
    return this.action;
  }

  private checkOpen(what: string): void {
    if (this.ended) throw new Error(`${what} was called after the handler had ended; await everything it starts`);
  }
}

function waitFields(options: WaitOptions<string>) {
  if ("seconds" in options) return { seconds: options.seconds, to: options.to };
  if ("until" in options)
    return { until: options.until instanceof Date ? options.until.toISOString() : options.until, to: options.to };
  return { signal: options.signal, timeout_seconds: options.timeoutSeconds, transitions: options.transitions };
}
