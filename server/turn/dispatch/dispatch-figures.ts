/** Why tasks wait for the dispatcher: nobody has the skill, nobody satisfies the wish, or all who do are busy. */
export const WAIT_REASONS = ["no_skill", "no_match", "busy"] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

/** What a dispatcher has done since its process began, and what it last saw. */
export interface DispatchFigures {
  /** Tasks given to a session. */
  placed: number;
  /** Of them those whose worker had the skill warm. */
  hot: number;
  /** Tasks moved from the session where they waited to an idle one. */
  steals: number;
  /** Tasks taken back from sessions that are gone, draining, or did not take them. */
  returned: number;
  /** Tasks that waited at the last look, up to some thousands; 0 where another process is the dispatcher. */
  unplaced: number;
  /** Of those that it looked at, by what they wait for. */
  waiting: Record<WaitReason, number>;
}

export function dispatchFigures(): DispatchFigures {
  return {
    placed: 0,
    hot: 0,
    steals: 0,
    returned: 0,
    unplaced: 0,
    waiting: { no_skill: 0, no_match: 0, busy: 0 },
  };
}
