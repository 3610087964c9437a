import { z } from "zod";
import { isPrototypeKey, type JsonObject, type JsonValue } from "@/lib/json";
import { BLUEPRINT_LIMITS, NAME_PATTERN } from "../names";

/** Any JSON. That it is safe (depth, keys, NUL) is checked before, once, over the whole document. */
export const jsonValue: z.ZodType<JsonValue> = z.json().meta({ title: "JSON" }) as z.ZodType<JsonValue>;

export const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), jsonValue);

export const name = z
  .string()
  .regex(NAME_PATTERN, "must be 1 to 128 letters, digits, '_' or '-'")
  .refine((text) => !isPrototypeKey(text), "is a reserved word of the platform");

/** The name of a state. */
export const target = name;

export const transitions = z.record(name, target);

export const seconds = z.number().positive().max(BLUEPRINT_LIMITS.seconds);

export const condition = z.string().min(1).max(1000);

export const text = (most: number) => z.string().min(1).max(most);

export const stateBase = {
  start: z.boolean().optional(),
  description: z.string().max(2000).optional(),
};

export const retryPolicy = z.strictObject({
  max_attempts: z.int().min(1).max(100).optional(),
  base_ms: z.int().min(0).max(3_600_000).optional(),
  max_ms: z.int().min(0).max(86_400_000).optional(),
  jitter: z.boolean().optional(),
});
