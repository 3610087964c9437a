import { BridgeError } from "./bridge-error";
import type { ExecutionRequest } from "./executor";
import type { Run } from "./pool/run";
import { answerOf } from "./pool/slot-messages";
import type { SlotContext } from "./slot-context";

/** The context of a task in its caller's own loop; what is costly is made when it is first asked for. */
export class InlineContext implements SlotContext {
  private controller: AbortController | undefined;
  private stop: BridgeError | undefined;

  constructor(private readonly run: Run) {}

  /** As it was given: what is beside the caller needs no text. */
  get request(): ExecutionRequest {
    return this.run.request;
  }

  get id(): string {
    return this.run.request.id;
  }

  get contextText(): string {
    return this.run.request.context ?? "";
  }

  get traceparent(): string {
    return this.run.request.traceparent ?? "";
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.stop) this.controller.abort(this.stop);
    }
    return this.controller.signal;
  }

  // Tasks take these apart from their context, and most take none.
  get progress(): SlotContext["progress"] {
    return (fraction, message) => {
      if (this.run.phase !== "over") this.run.request.onProgress?.(fraction, message);
    };
  }

  get log(): SlotContext["log"] {
    return (record) => {
      if (this.run.phase === "over") return;
      this.run.keepLog(record);
      this.run.request.onLog?.(record);
    };
  }

  get call(): SlotContext["call"] {
    return async (method, argument) => {
      if (this.run.phase === "over") {
        throw new BridgeError("TASK_CANCELLED", "The task is over: it can ask for nothing more.");
      }
      return answerOf(this.run, method, argument);
    };
  }

  abort(error: BridgeError): void {
    this.stop = error;
    this.controller?.abort(error);
  }
}
