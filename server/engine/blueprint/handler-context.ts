import type { ContextPatch } from "@/lib/blueprint/action";
import type { JsonObject, JsonValue } from "@/lib/json";
import type { Actions } from "./actions";
import type { BranchOutcome, DataStores, HandlerClient, HandlerInput } from "./handler";
import { equalJson, toPlainJson } from "./plain-json";

/**
 * What a handler is given. Data is copied when it is asked for, never shared: the engine's own copy stays as it is, and
 * a handler that reads three names pays for three.
 */
export class HandlerContextView {
  readonly context: this = this;
  private draft: JsonObject | null = null;
  private input: JsonObject | null = null;
  private updated: JsonObject | null = null;

  constructor(
    private readonly given: HandlerInput,
    readonly state: string,
    readonly actions: Actions<string>,
    readonly dataStores: DataStores,
    readonly signal: AbortSignal,
  ) {}

  get jobId(): string {
    return this.given.jobId;
  }

  get idempotencyKey(): string {
    return `${this.given.jobId}:${this.given.entry}`;
  }

  get initialData(): JsonObject {
    this.input ??= structuredClone(this.given.initialData);
    return this.input;
  }

  get stateHistory(): JsonObject {
    this.draft ??= structuredClone(this.given.stateHistory);
    return this.draft;
  }

  get client(): HandlerClient | undefined {
    return this.given.client && structuredClone(this.given.client);
  }

  get taskFiles(): unknown {
    return this.given.taskFiles;
  }

  get aggregationResults(): JsonObject {
    return structuredClone(this.given.aggregationResults ?? {});
  }

  get aggregationList(): BranchOutcome[] {
    return structuredClone(this.given.aggregationList ?? []);
  }

  get error(): JsonValue {
    return structuredClone(this.given.error ?? null);
  }

  /** The value of an earlier worker's key, else of the input's; undefined when neither has it. */
  read(key: string): JsonValue | undefined {
    for (const data of [this.given.stateHistory, this.given.initialData]) {
      if (Object.hasOwn(data, key)) return structuredClone(data[key]);
    }
    return undefined;
  }

  /** Merges into the state history and into `initialData`, as seen from now on. */
  update(values: JsonObject): void {
    Object.assign(this.stateHistory, values);
    Object.assign(this.initialData, values);
    this.updated = { ...this.updated, ...values };
  }

  /** What the draft changed, by top-level key. Throws a TypeError for values that are not JSON. */
  patch(): ContextPatch {
    if (!this.draft) return { set: {}, unset: [] };
    const before = this.given.stateHistory;
    const after = toPlainJson(this.draft, "stateHistory") as JsonObject;
    const changed = Object.entries(after).filter(
      ([key, value]) => !Object.hasOwn(before, key) || !equalJson(before[key], value),
    );
    const unset = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
    return { set: Object.fromEntries(changed), unset, ...(this.updated ? { input: this.updated } : {}) };
  }
}
