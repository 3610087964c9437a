/** A condition or `${…}` that cannot be compiled, or that failed on the data at hand. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  /** Characters from the start of the expression, from 0; absent when no place is to blame. */
  readonly position: number | undefined;
  /** The expression's text, when known. */
  readonly expression: string | undefined;
  /** Where in a template it stands (`params.preset.height`), when it stands in one. */
  readonly path: string | undefined;

  constructor(
    message: string,
    details: { position?: number; expression?: string; path?: string; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.position = details.position;
    this.expression = details.expression;
    this.path = details.path;
  }

  /** The same error with what an outer place knows; what is known already stays. */
  within(details: { expression?: string; path?: string }): ExpressionError {
    return new ExpressionError(this.message, {
      position: this.position,
      expression: this.expression ?? details.expression,
      path: this.path ?? details.path,
      cause: this.cause,
    });
  }
}
