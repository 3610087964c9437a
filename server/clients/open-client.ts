/** Whose jobs are started through a door that is open to all. It has no token that anybody knows. */
export const OPEN_CLIENT = "process-api";
