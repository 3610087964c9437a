import { type FormField, type FormPart, formOf } from "@/lib/form/schema-fields";
import type { JsonObject, JsonValue } from "@/lib/json";

/** Stands for an uploaded file's id in an example. */
export const FILE_ID = "FILE_ID";

/** An input that fits the schema as far as it can be guessed: required fields, defaults and first choices. */
export function exampleInput(schema: JsonObject | null): JsonObject {
  return schema ? exampleOf(formOf(schema)) : {};
}

function exampleOf(parts: readonly FormPart[]): JsonObject {
  const example: JsonObject = {};
  for (const part of parts) {
    const name = part.path.split(".").at(-1) ?? part.path;
    const value = part.kind === "group" ? exampleOf(part.parts) : exampleValue(part);
    if (
      part.kind === "group" ? Object.keys(value as JsonObject).length > 0 : part.required || part.default !== undefined
    )
      Object.defineProperty(example, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return example;
}

function exampleValue(field: FormField): JsonValue {
  if (field.default !== undefined) return field.default;
  if (field.choices[0]) return field.choices[0].value;
  switch (field.kind) {
    case "number":
    case "integer":
      return field.limits.minimum ?? 1;
    case "boolean":
      return false;
    case "strings":
      return ["…"];
    case "files":
      return field.files?.many ? [FILE_ID] : FILE_ID;
    case "json":
      return {};
    default:
      return "…";
  }
}

export interface SnippetOptions {
  /** `https://batuta.example.com` */
  origin: string;
  /** `/api/v1/jobs/video` */
  endpoint: string;
  input: JsonObject;
}

/** The call that starts a job, for a shell; where the input has a file, first the one that uploads it. */
export function curlSnippet({ origin, endpoint, input }: SnippetOptions): string {
  const body = JSON.stringify({ initial_data: input });
  const start = [
    `curl -X POST ${quoted(origin + endpoint)} \\`,
    `  -H "X-Client-Token: $TOKEN" -H "Idempotency-Key: $(uuidgen)" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d ${quoted(body)}`,
  ].join("\n");
  if (!body.includes(`"${FILE_ID}"`)) return start;
  const upload = [
    `curl -X POST ${quoted(`${origin}/api/v1/files?filename=document.pdf`)} \\`,
    `  -H "X-Client-Token: $TOKEN" --data-binary @document.pdf`,
  ].join("\n");
  return `${upload}\n\n${start}`;
}

/** In single quotes, in which a shell expands nothing. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
