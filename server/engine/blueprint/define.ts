import type { BlueprintDocument, BlueprintState } from "@/lib/blueprint/document";
import type { JsonObject } from "@/lib/json";
import type { StateDefinition } from "./define-states";
import type { DataStores, HandlerTable, RegisteredHandler } from "./handler";
import { type BlueprintProblem, problemList } from "./problem";
import { defined } from "./snake-case";
import { parseBlueprint } from "./validate";

export { end, handler, handlersFor } from "./define-handler";
export { approval, child, choice, parallel, set, task, wait } from "./define-states";

/** A blueprint as TypeScript writes it. Every target must be one of the keys of `states`, or it does not compile. */
export interface BlueprintDefinition<Name extends string> {
  name: string;
  description?: string;
  /** Default `v1`. */
  apiVersion?: string;
  /** Default `/jobs/<name>`. */
  apiEndpoint?: string;
  /** JSON Schema of the input. */
  inputSchema?: JsonObject;
  /** JSON Schema of the result, checked at a successful end. */
  outputSchema?: JsonObject;
  /** Templates: `{ customer: "${initial_data.customer}" }`. */
  labels?: Record<string, string>;
  timeoutSeconds?: number;
  maxTransitions?: number;
  states: Record<Name, StateDefinition<NoInfer<Name>>>;
  /** What handlers may use besides data: one instance per process, closed on drain when it has a `close` method. */
  dataStores?: DataStores;
}

/** A blueprint written in TypeScript: its document, and the code that the document names. */
export interface DefinedBlueprint {
  document: BlueprintDocument;
  handlers: HandlerTable;
  dataStores: DataStores;
}

/**
 * Makes the document and the table of handlers. Throws a BlueprintError that lists every fault (unreachable states,
 * cycles without end, conditions that do not parse …), so a process with a broken blueprint does not start.
 */
export function defineBlueprint<Name extends string>(definition: BlueprintDefinition<Name>): DefinedBlueprint {
  const handlers: Record<string, RegisteredHandler> = {};
  const states: Record<string, BlueprintState> = {};
  for (const [name, state] of Object.entries<StateDefinition<string>>(definition.states)) {
    states[name] = state.build((suffix, registered) => {
      const key = uniqueName(suffix === "" ? name : `${name}-${suffix}`, handlers);
      handlers[key] = registered;
      return key;
    });
  }
  const parsed = parseBlueprint(documentOf(definition, startMarked(states)), { allowHandlers: true });
  if (!parsed.ok) throw new BlueprintError(definition.name, parsed.problems);
  return { document: parsed.document, handlers, dataStores: definition.dataStores ?? {} };
}

/** A blueprint with faults; the message lists all of them. */
export class BlueprintError extends Error {
  override readonly name = "BlueprintError";
  readonly problems: readonly BlueprintProblem[];

  constructor(blueprint: string, problems: readonly BlueprintProblem[]) {
    super(`Blueprint '${blueprint}' cannot be used:\n${problemList(problems)}`);
    this.problems = problems;
  }
}

function documentOf(definition: BlueprintDefinition<string>, states: Record<string, BlueprintState>): unknown {
  return defined({
    name: definition.name,
    description: definition.description,
    api_version: definition.apiVersion,
    api_endpoint: definition.apiEndpoint,
    input_schema: definition.inputSchema,
    output_schema: definition.outputSchema,
    labels: definition.labels,
    timeout_seconds: definition.timeoutSeconds,
    max_transitions: definition.maxTransitions,
    states,
  });
}

/** The first state starts when none says so. */
function startMarked(states: Record<string, BlueprintState>): Record<string, BlueprintState> {
  const [first] = Object.keys(states);
  if (first === undefined || Object.values(states).some((state) => state.start)) return states;
  return { ...states, [first]: { ...(states[first] as BlueprintState), start: true } };
}

/** State names may look like the name of a variant; handlers are told apart by a number. */
function uniqueName(wanted: string, taken: Record<string, unknown>): string {
  let name = wanted;
  for (let n = 2; Object.hasOwn(taken, name); n++) name = `${wanted}-${n}`;
  return name;
}
