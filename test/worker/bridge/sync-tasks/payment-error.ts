/** An error with members of its own, as programs have them. */
export class PaymentError extends Error {
  override readonly name = "PaymentError";
  readonly retryable = true;
  readonly retryAfterMs = 1500;

  constructor(
    message: string,
    readonly code: string,
    readonly details: unknown,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** Only an instance of the class has it. */
  refund(): string {
    return `refund ${this.code}`;
  }
}
