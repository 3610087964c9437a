import journal from "@/drizzle/meta/_journal.json";

/** The migrations that this build's code was written for, by name, oldest first. */
export const expectedMigrations: readonly string[] = journal.entries.map(({ tag }) => tag);
