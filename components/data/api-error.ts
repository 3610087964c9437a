import type { ErrorDetail } from "@/lib/api/error";

/** One field that the server refused: `field` is a path like `customer.addresses[0].zip`. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** An answer of the API that isn't a success, in its shape `{error, code, details}`. `status` 0: no answer at all. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: readonly ErrorDetail[] = [],
    readonly requestId: string | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The refused fields of a form, empty when the error isn't about fields. */
  get fields(): FieldProblem[] {
    return this.details.flatMap(({ path, message }) => (path === undefined ? [] : [{ field: path, message }]));
  }
}

type CommonText = (key: "networkError" | "unexpectedAnswer", values?: { status: number }) => string;

/** What to tell the person: the server's own words, or ours when there was no answer. `t` is of `common`. */
export function errorText(error: unknown, t: CommonText): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return t("networkError");
  return error.message || t("unexpectedAnswer", { status: error.status });
}
