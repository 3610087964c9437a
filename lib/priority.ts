/** Lowest and highest priority of a job's tasks; higher goes first. */
export const PRIORITY_BOUND = 1000;
