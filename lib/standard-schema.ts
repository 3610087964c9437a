/** A schema library's schema (zod, valibot, …), by the Standard Schema convention; only the part that is used. */
export interface StandardSchema<Output = unknown, Input = unknown> {
  readonly "~standard": {
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
}

/** What a schema makes of a value that fits. */
export type OutputOf<S> = S extends StandardSchema<infer Output> ? Output : never;

/** What may be given to a schema. */
export type InputOf<S> = S extends { readonly "~standard": { readonly types?: infer T } }
  ? NonNullable<T> extends { readonly input: infer Input }
    ? Input
    : unknown
  : never;

/** The first thing that is wrong, with its path, as in `rows.3.when: Expected a date`. */
export function describeIssue(issues: readonly StandardIssue[]): { path: string; message: string } {
  const [first] = issues;
  const path = (first?.path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  const message = first?.message ?? "does not fit its schema";
  return { path, message: path === "" ? message : `${path}: ${message}` };
}
