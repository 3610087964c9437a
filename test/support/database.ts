import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";
import { recordUse } from "@/test/support/record-use";
import { inDatabase, templateDatabase } from "@/test/support/servers-setup";

export interface TestDatabase {
  /** `postgres://…` of a freshly migrated database that nobody else uses. */
  url: string;
  /** Ends every session in it and removes it. */
  drop(): Promise<void>;
}

/** A database of one's own on the shared Postgres: a clone of the migrated template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  recordUse("postgres");
  const name = `test_${randomBytes(8).toString("hex")}`;
  // Copying the files takes half the CPU of logging every page, which is meant for bigger and busier templates.
  await asAdministrator(`CREATE DATABASE ${name} TEMPLATE ${templateDatabase} STRATEGY = FILE_COPY`);
  return {
    url: inDatabase(inject("postgresUrl"), name),
    drop: () => asAdministrator(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function asAdministrator(statement: string): Promise<void> {
  const client = new Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
