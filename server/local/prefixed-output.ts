import type { Readable } from "node:stream";

/** Passes a child's output on line by line, each with the child's name in front: `web    | listening`. */
export function prefixLines(source: Readable, name: string, write: (text: string) => void): void {
  const prefix = `${name.padEnd(6)} | `;
  let rest = "";
  source.setEncoding("utf8");
  source.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) write(`${lines.map((line) => prefix + line).join("\n")}\n`);
  });
  source.on("end", () => {
    if (rest !== "") write(`${prefix}${rest}\n`);
  });
}
