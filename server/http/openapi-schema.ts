import { z } from "zod";

export type Json = Record<string, unknown>;

/** What is sent to the server is open to more members; what it answers has no member that the schema does not name. */
export type Direction = "input" | "output";

/** A reference for a schema with an id, else the schema itself; named ones are put into `components`. */
export function schemaOf(schema: z.ZodType, direction: Direction, components: Json): Json {
  const wrapped = inlineSchema(z.object({ it: schema }), direction, components);
  return (wrapped.properties as Record<string, Json>).it as Json;
}

/** The JSON Schema itself, whatever is named inside of it put into `components`. */
export function inlineSchema(schema: z.ZodType, direction: Direction, components: Json): Json {
  const made = z.toJSONSchema(schema, { io: direction, unrepresentable: "any", override: shorten }) as Json;
  const { $schema: _, $defs, ...json } = made;
  const definitions = ($defs as Record<string, Json> | undefined) ?? {};
  const names = namesOf(definitions, components);
  for (const [name, definition] of Object.entries(definitions))
    components[names.get(name) ?? name] = relinked(withoutId(definition), names);
  return relinked(json, names) as Json;
}

/** A pattern that only repeats what `format` says, over many lines. */
function shorten({ jsonSchema }: { jsonSchema: Json }): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
}

/** A shape that is both sent and answered differs where it is closed: the one that came second gets a name of its own. */
function namesOf(definitions: Record<string, Json>, components: Json): Map<string, string> {
  const same = new Map(Object.keys(definitions).map((name) => [name, name]));
  for (const [name, definition] of Object.entries(definitions)) {
    const known = components[name];
    if (known !== undefined && JSON.stringify(relinked(withoutId(definition), same)) !== JSON.stringify(known))
      same.set(name, `${name}Sent`);
  }
  // Whoever refers to a renamed one is another shape too.
  for (let more = true; more; ) {
    more = false;
    for (const [name, definition] of Object.entries(definitions)) {
      if (same.get(name) !== name || components[name] === undefined) continue;
      const text = JSON.stringify(relinked(withoutId(definition), same));
      if (text === JSON.stringify(components[name])) continue;
      same.set(name, `${name}Sent`);
      more = true;
    }
  }
  return same;
}

function withoutId({ id: _, ...definition }: Json): Json {
  return definition;
}

/** References of the library's own kind, as OpenAPI's. */
function relinked(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((each) => relinked(each, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key !== "$ref" || typeof inner !== "string") return [key, relinked(inner, names)];
      const name = inner.replace("#/$defs/", "");
      return [key, `#/components/schemas/${names.get(name) ?? name}`];
    }),
  );
}
