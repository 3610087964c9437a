/** How a request ended that only an engine of another release can carry out. */
export type NotHereOutcome =
  /** Nobody took it, and it was taken back: nothing will become of it. */
  | "withdrawn"
  /** Another engine has it, and its answer did not come in time. */
  | "unknown"
  /** It is kept, and carried out as soon as such an engine is there. */
  | "kept";

const OUTCOMES: Record<NotHereOutcome, string> = {
  withdrawn: "Nothing was changed; try again in a moment",
  unknown: "One of them took it, but its answer did not come in time: look at the job before you try again",
  kept: "It is kept, and carried out when such an engine is there",
};

/** The job, or the blueprint to start, belongs to a version whose code this process does not have. */
export class NotHereError extends Error {
  override readonly name = "NotHereError";

  /** `what` names the version, as in `version 3 of checkout (3f2a91…)`. */
  constructor(
    what: string,
    readonly outcome: NotHereOutcome,
  ) {
    super(`This engine lacks the code of ${what}; engines of another release have it. ${OUTCOMES[outcome]}`);
  }
}

/** The events of a job do not add up to its row: nothing can be decided for it. */
export class BrokenHistoryError extends Error {
  override readonly name = "BrokenHistoryError";
}
