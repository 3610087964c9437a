import { Parser } from "htmlparser2";
import { cleanText, cleanTitle } from "@/server/tasks/extract/clean-text";
import type { ExtractedDocument } from "@/server/tasks/extract/extracted-document";

/** Elements whose content is no text for a reader. */
const DROPPED = new Set([
  "script",
  "style",
  "noscript",
  "template",
  "svg",
  "math",
  "iframe",
  "object",
  "canvas",
  "head",
  "select",
  "datalist",
]);

const PARAGRAPHS = new Set([
  ...[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "details",
    "dialog",
    "dl",
    "fieldset",
    "figure",
    "footer",
    "form",
  ],
  ...["h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul"],
]);
const LINES = new Set(["br", "caption", "dd", "div", "dt", "figcaption", "legend", "li", "option", "summary", "tr"]);
const CELLS = new Set(["td", "th"]);

/** The visible text of an HTML document, one paragraph per block element; scripts, styles and the head are dropped. */
export function readHtml(html: string): ExtractedDocument {
  const { title, text } = htmlText(html);
  return { title, pageCount: 1, pages: [{ page: 1, text }] };
}

export function htmlText(html: string): { title?: string | undefined; text: string } {
  const flow = new TextFlow();
  let title = "";
  let inTitle = false;
  let dropped = 0;
  const parser = new Parser(
    {
      onopentagname(name) {
        if (DROPPED.has(name)) dropped += 1;
        if (name === "title") inTitle = true;
        else if (dropped === 0) flow.tag(name, 1);
      },
      ontext(text) {
        if (inTitle) title += text;
        else if (dropped === 0) flow.text(text);
      },
      onclosetag(name) {
        if (name === "title") inTitle = false;
        if (DROPPED.has(name)) dropped = Math.max(0, dropped - 1);
        else if (dropped === 0) flow.tag(name, -1);
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.end(html);
  return { title: cleanTitle(title), text: cleanText(flow.toString()) };
}

/** Joins pieces of text with the widest break asked for between them, so that nested blocks make one break and not three. */
class TextFlow {
  private readonly parts: string[] = [];
  private breaks = 0;
  private preformatted = 0;

  tag(name: string, opened: 1 | -1): void {
    if (name === "pre") this.preformatted += opened;
    if (PARAGRAPHS.has(name)) this.breaks = 2;
    else if (LINES.has(name)) this.breaks = Math.max(this.breaks, 1);
    else if (CELLS.has(name) && opened === 1 && this.breaks === 0) this.parts.push("\t");
  }

  text(text: string): void {
    const shown = this.preformatted > 0 ? text : text.replace(/\s+/g, " ");
    if (this.breaks > 0 && shown.trim() === "") return;
    this.parts.push("\n".repeat(this.breaks), shown);
    this.breaks = 0;
  }

  toString(): string {
    return this.parts.join("");
  }
}
