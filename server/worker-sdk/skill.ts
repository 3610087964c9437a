import { z } from "zod";
import type { EventSchemas, SkillContext } from "./skill-context";

const NAME = /^[A-Za-z0-9_-]{1,128}$/;

/** What a worker says when a word other than `success` is to pick the transition; made by `outcome`. */
export class Outcome<Data = unknown> {
  constructor(
    readonly status: string,
    readonly data: Data,
  ) {}
}

/** Ends a task with `status` as the word that picks the job's transition, and `data` for its history. */
export function outcome<Data>(status: string, data: Data): Outcome<Data> {
  return new Outcome(status, data);
}

export interface SkillDefinition<Input extends z.ZodType, Output extends z.ZodType, Events extends EventSchemas> {
  /** The task type that blueprints name: 1 to 128 letters, digits, `_`, `-`. */
  name: string;
  version?: string;
  /** Kind of skill; the name unless told. */
  type?: string;
  description?: string;
  /** Checked before `run`: what breaks it is `INVALID_INPUT_ERROR`. Give `z.looseObject` to let more members pass. */
  input: Input;
  /** Checked after `run`, whatever its outcome: what breaks it is `CONTRACT_VIOLATION_ERROR`. Without it any object goes. */
  output?: Output;
  /** What `ctx.event` may say; without it, anything. */
  events?: Events;
  /** The words besides `success` and `failure` that it may end with. */
  statuses?: readonly string[];
  /** What it costs, in the unit of the orchestrator's tasks; the dispatcher compares it. */
  cost?: number;
  /** Free members that tasks may require. */
  properties?: Record<string, unknown>;
  /**
   * Does the work. Returns the data, or `outcome(status, data)`. Throws `ValidationError`, `RetryableError`,
   * `PermanentError` or a `SkillError` for what it understands; any other error is `INTERNAL_ERROR`.
   */
  run(input: z.output<Input>, ctx: SkillContext<Events>): Promise<Result<Output>> | Result<Output>;
}

type Result<Output extends z.ZodType> = z.input<Output> | Outcome<z.input<Output>>;

/** A skill whose types are forgotten, as a worker keeps it. */
export interface Skill {
  readonly name: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType | undefined;
  readonly events: EventSchemas | undefined;
  readonly cost: number | undefined;
  readonly run: (input: unknown, ctx: SkillContext<EventSchemas>) => unknown;
  /** What the worker registers of it: names on the wire, schemas as JSON Schema. */
  readonly card: Readonly<Record<string, unknown>>;
}

/** Makes a skill. Throws a TypeError that names the member at fault: a bad name, a schema that JSON Schema cannot say. */
export function defineSkill<
  Input extends z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Events extends EventSchemas = EventSchemas,
>(definition: SkillDefinition<Input, Output, Events>): Skill {
  const { name, input, output, events } = definition;
  if (!NAME.test(name))
    throw new TypeError(`skill name ${JSON.stringify(name)}: must be 1 to 128 letters, digits, _ or -`);
  const { type = name, version, description, statuses, properties } = definition;
  const card: Record<string, unknown> = { name, type, input_schema: jsonSchema(name, "input", input, "input") };
  if (version !== undefined) card.version = version;
  if (description !== undefined) card.description = description;
  if (output) card.output_schema = jsonSchema(name, "output", output, "output");
  if (events) {
    card.events_schema = Object.fromEntries(
      Object.entries(events).map(([event, schema]) => [event, jsonSchema(name, `events.${event}`, schema, "input")]),
    );
  }
  if (statuses) card.output_statuses = [...new Set(["success", ...statuses])];
  if (properties) card.properties = properties;
  const run = definition.run.bind(definition) as Skill["run"];
  return { name, input, output, events, cost: definition.cost, run, card };
}

function jsonSchema(skill: string, member: string, schema: z.ZodType, io: "input" | "output"): unknown {
  try {
    const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
    return rest;
  } catch (cause) {
    throw new TypeError(`skill ${skill}, ${member}: JSON Schema cannot say this: ${(cause as Error).message}`, {
      cause,
    });
  }
}
