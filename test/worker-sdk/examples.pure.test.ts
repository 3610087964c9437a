import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const docs = join(import.meta.dirname, "../../docs");
const read = (path: string) => readFileSync(join(docs, path), "utf8");

it("the guide shows the workers as they stand in docs/examples", () => {
  const guide = read("worker-guide.md");
  expect(guide).toContain(`\`\`\`ts\n${read("examples/worker.ts")}\`\`\``);
  const [, shown = ""] = /^```python\n([\s\S]*?)^```/m.exec(guide) ?? [];
  expect(shown).toContain("def word_count");
  expect(read("examples/worker.py")).toContain(shown);
});
