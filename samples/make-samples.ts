// Writes the sample PDFs beside this file: `npx tsx samples/make-samples.ts`.
// With `long <pages> <path>` it writes one long PDF to the given path instead.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { handbook, longHandbook } from "./handbook";
import { makePdf } from "./make-pdf";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

async function main([command, pages, path]: string[]): Promise<void> {
  if (command === "long" && pages && path) {
    await writeFile(path, await makePdf("Harbour handbook, all sheets", longHandbook(Number(pages))));
    return;
  }
  const whole = await makePdf("Harbour handbook", handbook);
  await writeFile(here("harbour-handbook.pdf"), whole);
  // A transfer that broke off: the header says PDF, everything that would tell where the pages are is missing.
  await writeFile(here("damaged.pdf"), whole.subarray(0, 700));
  await writeFile(here("encrypted.pdf"), await makePdf("Harbour handbook, locked", handbook, "harbour"));
  // A page of HTML under the name of a PDF, as a download without sign-in leaves it behind.
  await writeFile(here("mislabelled.pdf"), await readFile(here("lighthouse-notice.html")));
}

await main(process.argv.slice(2));
