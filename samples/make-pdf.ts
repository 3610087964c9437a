import { PDFDocument, type PDFFont, type PDFPage, StandardFonts } from "@cantoo/pdf-lib";

const MARGIN = 64;
const SIZE = 11;
const LEADING = 16;

/** One page: a heading and paragraphs, wrapped to the width of A4. Text must fit WinAnsi (Western European letters). */
export interface PageText {
  heading: string;
  paragraphs: string[];
}

/** Bytes of a PDF with one sheet per page text; the same input gives the same bytes. With a password it is encrypted. */
export async function makePdf(title: string, pages: PageText[], password?: string): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const written = new Date(Date.UTC(2026, 0, 15));
  document.setTitle(title);
  document.setCreationDate(written);
  document.setModificationDate(written);
  document.setProducer("Batuta samples");
  const regular = await document.embedFont(StandardFonts.Helvetica);
  const bold = await document.embedFont(StandardFonts.HelveticaBold);
  for (const page of pages) drawPage(document.addPage([595, 842]), page, regular, bold);
  if (password !== undefined) document.encrypt({ userPassword: password, ownerPassword: `${password}-owner` });
  return document.save({ useObjectStreams: password === undefined });
}

function drawPage(sheet: PDFPage, page: PageText, regular: PDFFont, bold: PDFFont): void {
  const width = sheet.getWidth() - 2 * MARGIN;
  let y = sheet.getHeight() - MARGIN;
  sheet.drawText(page.heading, { x: MARGIN, y, size: 17, font: bold });
  y -= LEADING * 2;
  for (const paragraph of page.paragraphs) {
    for (const line of wrap(paragraph, regular, width)) {
      sheet.drawText(line, { x: MARGIN, y, size: SIZE, font: regular });
      y -= LEADING;
    }
    y -= LEADING * 0.8;
  }
}

function wrap(text: string, font: PDFFont, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && font.widthOfTextAtSize(longer, SIZE) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line === "" ? lines : [...lines, line];
}
