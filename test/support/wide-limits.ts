/** Limits that are counted and never reached: tests ask more often than people do. */
export const WIDE_LIMITS = {
  RATE_LIMIT_LIMIT: "10000000",
  RATE_LIMIT_HEARTBEAT_LIMIT: "10000000",
  RATE_LIMIT_POLL_LIMIT: "10000000",
};
