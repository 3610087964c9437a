// Writes the sample PDFs beside this file: `npx tsx samples/make-samples.ts`.
// With `long <pages> <path>` it writes one long PDF to the given path instead.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { handbook, longHandbook } from "./handbook";
import { makePdf } from "./make-pdf";

/** Overwrites the middle of a page's packed content, as a bad disk would. The first streams of the file are its pages, in order. */
function spoilPage(pdf: Uint8Array, page: number): Uint8Array {
  const spoilt = Buffer.from(pdf);
  let start = -1;
  for (let seen = 0; seen < page; seen += 1) start = spoilt.indexOf(">>\nstream\n", start + 1);
  return spoilt.fill(0xff, start + 100, start + 300);
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

async function main([command, pages, path]: string[]): Promise<void> {
  if (command === "long" && pages && path) {
    await writeFile(path, await makePdf("Harbour handbook, all sheets", longHandbook(Number(pages))));
    return;
  }
  const whole = await makePdf("Harbour handbook", handbook);
  await writeFile(here("harbour-handbook.pdf"), whole);
  await writeFile(here("damaged.pdf"), spoilPage(whole, 2));
  await writeFile(here("encrypted.pdf"), await makePdf("Harbour handbook, locked", handbook, "harbour"));
  // A page of HTML under the name of a PDF, as a download without sign-in leaves it behind.
  await writeFile(here("mislabelled.pdf"), await readFile(here("lighthouse-notice.html")));
}

await main(process.argv.slice(2));
