import { parseArgs } from "node:util";
import { HEAD_TEXT, rowText, runFuzz } from "./fuzz-run";
import type { FuzzRow } from "./fuzz-target";
import { startFuzzSystem } from "./system";

const USAGE = `Usage: npm run test:fuzz -- [--seed N] [--valid N] [--broken N] [--only PART_OF_AN_ID|raw]
Sends valid and broken requests for every operation of the API's own document, and what no HTTP library would send.
Exit code 1 when an answer is a fault of the server (5xx), is not as the document says or does not come, and when the
log tells of a fault. With an odd seed the process API asks for no token.`;

const say = (line: string) => console.log(line);

async function main(): Promise<boolean> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { seed: text, valid: text, broken: text, only: text, help: { type: "boolean" } },
  });
  if (values.help) {
    say(USAGE);
    return true;
  }
  const seed = Number(values.seed ?? process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
  say(`SEED=${seed}`);
  const began = Date.now();
  const system = await startFuzzSystem((line) => say(`servers: ${line}`), { processApiOpen: seed % 2 === 1 });
  say(HEAD_TEXT);
  const rows = await runFuzz({
    address: system.address,
    credentials: system.credentials,
    seed,
    valid: Number(values.valid ?? 200),
    broken: Number(values.broken ?? 300),
    only: values.only,
    publish: (jobId) => system.publish(jobId),
    onRow: (row) => say([rowText(row), ...row.faults.map((fault) => `    ${fault}`)].join("\n")),
  }).finally(() => system.stop());
  const total: FuzzRow = { id: "all", sent: 0, answers: {}, faults: [], statuses: {}, others: [] };
  for (const row of rows) {
    total.sent += row.sent;
    total.faults.push(...row.faults);
    for (const [digit, count] of Object.entries(row.answers))
      total.answers[digit] = (total.answers[digit] ?? 0) + count;
  }
  say(rowText(total));
  for (const line of system.faults.slice(0, 20)) say(`    log: ${line.slice(0, 2_000)}`);
  say(
    `${rows.length} operations, ${total.faults.length} faults, ${system.faults.length} faults in the log, ${((Date.now() - began) / 1000).toFixed(0)} s, SEED=${seed}`,
  );
  return total.faults.length === 0 && system.faults.length === 0;
}

process.exitCode = (await main()) ? 0 : 1;
