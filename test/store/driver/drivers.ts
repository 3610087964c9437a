import { sql } from "drizzle-orm";
import postgres from "postgres";
import { openDatabase } from "@/server/store/database";
import { openLane } from "@/server/store/lane";
import { submission } from "@/test/store/factory";

/** One way of talking to Postgres, under test. */
export interface Driver {
  /** Writes both halves of `id` in one transaction, with a pause between them; resolves when it is committed. */
  writePair(id: string): Promise<void>;
  /** Writes a job, its event and its task in one statement; resolves to the job's id. Only our own driver has it. */
  submitJob?(): Promise<string>;
  close(): Promise<void>;
}

export const DRIVERS: Record<string, (url: string, connections: number) => Driver> = {
  /** What the store uses: `pg` behind drizzle for transactions, a lane for statements of the engine. */
  pg(url, connections) {
    const database = openDatabase(url, { max: connections, name: "driver test" });
    const lane = openLane(url, "driver test lane");
    return {
      async writePair(id) {
        await database.db.transaction(async (tx) => {
          await tx.execute(sql`insert into halves (id, half) values (${id}, 1)`);
          await tx.execute(sql`select pg_sleep(0.005)`);
          await tx.execute(sql`insert into halves (id, half) values (${id}, 2)`);
        });
      },
      async submitJob() {
        const [result] = await lane.submit([submission()]);
        return result?.jobId ?? "";
      },
      async close() {
        await lane.close();
        await database.close();
      },
    };
  },

  /** postgres.js, which fails this test (3.4.9). */
  postgres(url, connections) {
    const client = postgres(url, {
      max: connections,
      connection: { application_name: "driver test" },
      onnotice: () => undefined,
    });
    return {
      async writePair(id) {
        await client.begin(async (tx) => {
          await tx`insert into halves (id, half) values (${id}, 1)`;
          await tx`select pg_sleep(0.005)`;
          await tx`insert into halves (id, half) values (${id}, 2)`;
        });
      },
      close: () => client.end({ timeout: 5 }),
    };
  },
};
