import type { HandlerAction } from "@/lib/blueprint/action";
import type { JsonObject, JsonValue } from "@/lib/json";
import type { OutputOf, StandardSchema } from "@/lib/standard-schema";
import type { Actions } from "./actions";

/** Keys that earlier workers returned (or the input has), each with its schema. */
export type Reads = Record<string, StandardSchema>;

/** One result of a branch, as an aggregator reads it. */
export interface BranchOutcome {
  status: string;
  data: JsonValue;
  error: { code: string; message: string } | null;
}

/** Whose job it is, as it was when the job was made. */
export interface HandlerClient {
  id: number;
  /** Of who started the job. */
  name: string;
  plan: string | null;
  /** `params` of the client's entry. */
  params: JsonObject;
  /** Everything else that its entry says. */
  config: JsonObject;
}

/** What the engine knows when it runs a handler. Plain data; the handler gets copies of what it may change. */
export interface HandlerInput {
  jobId: string;
  /** Number of the entry; `jobId:entry` is the idempotency key of the run. */
  entry: number;
  initialData: JsonObject;
  stateHistory: JsonObject;
  aggregationResults?: JsonObject;
  aggregationList?: BranchOutcome[];
  client?: HandlerClient;
  /** Files of the job; given by the blob store. */
  taskFiles?: unknown;
  error?: JsonValue;
}

/** What every handler may ask for by name. `Targets` are the states it may lead to. */
export interface HandlerContext<Targets extends string, Input, Stores> {
  jobId: string;
  state: string;
  /** The same for every run of this entry: use it for calls to the outside. */
  idempotencyKey: string;
  initialData: Input;
  /** A draft: changes in place are committed with the action. */
  stateHistory: Record<string, JsonValue>;
  actions: Actions<Targets>;
  client: HandlerClient | undefined;
  dataStores: Stores;
  taskFiles: unknown;
  aggregationResults: JsonObject;
  aggregationList: BranchOutcome[];
  error: JsonValue;
  /** Fires when the time limit is over or the engine stops. */
  signal: AbortSignal;
}

/** The parameter of a handler: everything by name, `context` for all of it, and the keys declared in `reads`. */
export type HandlerParameter<Targets extends string, Input, Stores, R extends Reads> = HandlerContext<
  Targets,
  Input,
  Stores
> & {
  context: HandlerContext<Targets, Input, Stores>;
} & { [K in Exclude<keyof R, keyof HandlerContext<Targets, Input, Stores> | "context">]: OutputOf<R[K]> };

/** A handler in the table of a blueprint; its parameter's type was checked where it was written. */
export interface RegisteredHandler {
  run: (parameter: never) => HandlerReturn | Promise<HandlerReturn>;
  reads: Reads;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a handler that calls an action need not return it
export type HandlerReturn = HandlerAction | undefined | void;

export type HandlerTable = Readonly<Record<string, RegisteredHandler>>;
export type DataStores = Readonly<Record<string, unknown>>;
