/**
 * Places where the fault run (`npm run test:faults`) breaks a process: it ends there, throws, or stands still. A name
 * says what was done and what was not.
 */
export const FAULT_POINTS = [
  "submit.before_commit",
  "submit.after_commit",
  "turn.before_commit",
  "turn.after_commit",
  "turn.before_settle",
  "turn.before_answer",
  "outbox.before_xadd",
  "outbox.after_xadd",
  "send.before_withdraw",
  "send.before_tell",
  "transport.after_change",
  "handler.before_start",
  "handler.before_report",
  "due.after_read",
  "reaper.after_expire",
  "refill.after_claim",
  "hand_out.after_mark",
  "worker.before_start",
  "worker.before_report",
  "worker.after_report",
  "worker.before_give_up",
  "session.before_renew",
  "dispatch.after_choose",
  "dispatch.after_place",
  "dispatch.after_steal",
  "dispatch.after_unplace",
  "placed.after_claim",
  "quota.after_charge",
  "sts.after_exchange",
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];

/**
 * Nothing. Only the bundles of the fault run have something else in place of this file; in every other build no name,
 * variable or message can make these places do anything.
 */
export function faultPoint(_name: FaultPoint): void {
  // Empty on purpose: the call is all that ships.
}
