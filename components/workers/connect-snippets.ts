/** The ways to run a first worker; each is an example that comes with Batuta, run from its folder. */
export const CONNECT_WAYS = ["typescript", "python", "curl"] as const;
export type ConnectWay = (typeof CONNECT_WAYS)[number];

export const CONNECT_LABELS: Record<ConnectWay, string> = { typescript: "TypeScript", python: "Python", curl: "curl" };

/** The skill that the example has. */
export const CONNECT_SKILLS: Record<ConnectWay, string> = { typescript: "shout", python: "word_count", curl: "hello" };

/** The command that connects a worker to this server; TOKEN stands for a worker token. */
export function connectCommand(way: ConnectWay, origin: string): string {
  const where = `BATUTA_URL=${origin} \\\nWORKER_TOKEN=TOKEN \\\n`;
  if (way === "typescript") return `${where}npx tsx docs/examples/worker.ts worker-1`;
  if (way === "python") return `${where}python3 docs/examples/worker.py worker-2`;
  // The other two sign whatever they send; this one only when told.
  const sign = isHere(origin) ? "" : "WORKER_SIGN=yes \\\n";
  return `${where}${sign}sh docs/examples/worker.sh worker-3 ${CONNECT_SKILLS.curl}`;
}

/** On this very machine, where messages without a signature are taken. */
function isHere(origin: string): boolean {
  return /^https?:\/\/(localhost|127\.|\[::1\])/.test(origin);
}
