/** The engine has more work than it can take in now; the same request may be made again after a moment. */
export class EngineBusyError extends Error {
  override readonly name = "EngineBusyError";
  /** Seconds. */
  readonly retryAfterS = 1;
  constructor() {
    super("More work arrives than can be taken in at the moment; try again");
  }
}
