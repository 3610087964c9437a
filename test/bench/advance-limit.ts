import { randomUUID } from "node:crypto";
import { Client } from "pg";

const JOBS = 100_000;
const AT_ONCE = 100;
const CONNECTIONS = 2;

/**
 * The limit that this machine's Postgres sets to any engine of this shape: 100 jobs advanced and one event each written
 * by one statement, over two connections, with nothing else of an engine around it.
 */
export interface AdvanceLimit {
  /** Jobs advanced a second, measured for `ms`. */
  measure(ms: number): Promise<number>;
  close(): Promise<void>;
}

const SCHEMA = `
create table job (id bigint primary key, run uuid not null, state smallint not null default 0, attempt smallint not null default 0,
  result jsonb, updated timestamptz not null default now()) with (fillfactor = 70);
create index job_open on job (state) where state < 3;
create table event (run uuid not null, seq bigint not null, kind smallint not null, data jsonb, at timestamptz not null default now(),
  primary key (run, seq));
insert into job (id, run) select g, gen_random_uuid() from generate_series(1, ${JOBS}) g;
analyze job;`;

const ADVANCE = {
  name: "advance",
  text: `with i as (select * from unnest($1::text::bigint[], string_to_array($2::text, E'\\x1e')::jsonb[], $3::text::uuid[], $4::text::bigint[])
      as t(id, r, run, seq)),
    u as (update job j set state = (j.state + 1) % 4, result = i.r, updated = now() from i where j.id = i.id)
    insert into event (run, seq, kind, data) select run, seq, 2, r from i`,
};
const RESULTS = Array.from({ length: AT_ONCE }, () => '{"ok":true,"i":12345,"note":"small result"}').join("\u001e");

/** Opens a database of its own beside the product's, on the same server. */
export async function openAdvanceLimit(databaseUrl: string): Promise<AdvanceLimit> {
  const name = `limit_${randomUUID().slice(0, 8)}`;
  const admin = new Client({ connectionString: databaseUrl });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  const clients = Array.from({ length: CONNECTIONS }, () => new Client({ connectionString: url.href }));
  for (const client of clients) await client.connect();
  const first = clients[0] as Client;
  await first.query(SCHEMA);
  const { rows } = await first.query<{ id: string; run: string }>("select id, run from job");
  const runs = new Map(rows.map(({ id, run }) => [Number(id), run]));
  let seq = 0;
  let cursor = 0;
  const advance = (client: Client) => {
    const ids = Array.from({ length: AT_ONCE }, () => (cursor++ % JOBS) + 1);
    const values = [
      `{${ids.join(",")}}`,
      RESULTS,
      `{${ids.map((id) => runs.get(id)).join(",")}}`,
      `{${ids.map(() => ++seq).join(",")}}`,
    ];
    return client.query({ ...ADVANCE, values });
  };
  return {
    async measure(ms) {
      const started = performance.now();
      let advanced = 0;
      const run = async (client: Client) => {
        while (performance.now() - started < ms) {
          await advance(client);
          advanced += AT_ONCE;
        }
      };
      await Promise.all(clients.map(run));
      return advanced / ((performance.now() - started) / 1000);
    },
    async close() {
      await Promise.all(clients.map((client) => client.end()));
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
