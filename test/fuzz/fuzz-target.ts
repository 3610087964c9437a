import fc from "fast-check";
import { ALWAYS_THERE, type Contract } from "@/test/support/contract";
import { type Asker, GoneError } from "./ask";
import { brokenRequests, type FuzzRequest, validRequests } from "./requests";
import type { Target } from "./targets";
import type { World } from "./world";

export interface FuzzRow {
  id: string;
  sent: number;
  /** Answers by the first digit of their status. */
  answers: Record<string, number>;
  /** What is wrong, each with the request that shows it. */
  faults: string[];
  /** Answers by their status, those to another method left out. */
  statuses: Record<string, number>;
  /** Statuses among them that the document has in general only. */
  others: string[];
}

export interface FuzzOptions {
  /** The running system's own document. */
  document: Record<string, unknown>;
  contract: Contract;
  asker: Asker;
  world: World;
  seed: number;
  valid: number;
  broken: number;
}

const AT_ONCE = 8;
const MOST_FAULTS = 5;

/** Sends valid and broken requests for one operation; a fault of ours, or an answer that breaks its schema, is a fault. */
export async function fuzzTarget(target: Target, options: FuzzOptions): Promise<FuzzRow> {
  const { world, document, seed, valid, broken, asker, contract } = options;
  const making = { document, known: world.known, credentials: world.credentials };
  const requests = [
    ...fc.sample(validRequests(target, making), { numRuns: valid, seed }),
    ...fc.sample(brokenRequests(target, making), { numRuns: broken, seed }),
  ];
  const row: FuzzRow = { id: target.id, sent: 0, answers: {}, faults: [], statuses: {}, others: [] };
  const waiting = requests.values();
  const send = async () => {
    for (const sent of waiting) {
      const fault = await sendOne(sent, row, target, { asker, contract, world });
      if (fault !== null && row.faults.length < MOST_FAULTS) row.faults.push(`${fault}\n      ${shown(sent)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, send));
  return row;
}

async function sendOne(
  sent: FuzzRequest,
  row: FuzzRow,
  target: Target,
  { asker, contract, world }: Pick<FuzzOptions, "asker" | "contract" | "world">,
): Promise<string | null> {
  row.sent += 1;
  try {
    const answer = await asker.ask(sent, target.mayWait ? 300 : undefined);
    const digit = String(answer.status)[0] as string;
    row.answers[digit] = (row.answers[digit] ?? 0) + 1;
    if (answer.status >= 500 && !target.mayFail.includes(answer.status))
      return `${answer.status} ${answer.text?.slice(0, 300)}`;
    const packed = answer.headers.has("content-encoding") || sent.method === "HEAD";
    if (digit === "2" && answer.text && !packed && /json/.test(answer.headers.get("content-type") ?? ""))
      world.learn(JSON.parse(answer.text));
    // Another spelling of a path may be answered as the path itself, or as nothing that is known.
    const [spelled = ""] = sent.path.split("?");
    const path = answer.status === 404 ? spelled : new URL(`http://localhost${sent.path}`).pathname;
    const status = String(answer.status);
    if (sent.method === target.method) {
      row.statuses[status] = (row.statuses[status] ?? 0) + 1;
      if (!target.statuses.includes(status) && !row.others.includes(status)) row.others.push(status);
    }
    const fault = contract.faultOf(sent.method, path, {
      ...answer,
      text: packed ? null : answer.text,
      wanted: ALWAYS_THERE,
    });
    return (
      fault && `${fault}; answered ${JSON.stringify([...answer.headers]).slice(0, 300)} ${answer.text?.slice(0, 200)}`
    );
  } catch (error) {
    if (target.mayWait && error instanceof GoneError) {
      row.answers.gone = (row.answers.gone ?? 0) + 1;
      return null;
    }
    return `no answer: ${(error as Error).message}`;
  }
}

/** A request in one line, to be sent again. */
function shown({ method, path, headers, body }: FuzzRequest): string {
  const content = body === null ? "" : typeof body === "string" ? body : `bytes ${Buffer.from(body).toString("hex")}`;
  const short = (text: string) => (text.length > 600 ? `${text.slice(0, 600)}… (${text.length})` : text);
  return `${method} ${short(path)} ${short(JSON.stringify(headers))} ${short(JSON.stringify(content))}`;
}
