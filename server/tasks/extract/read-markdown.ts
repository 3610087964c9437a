import { lexer, type MarkedToken, type Token } from "marked";
import { cleanText, cleanTitle } from "@/server/tasks/extract/clean-text";
import type { ExtractedDocument } from "@/server/tasks/extract/extracted-document";
import { htmlText } from "@/server/tasks/extract/read-html";

/** Properties in front of the text, as site generators write them. */
const FRONT_MATTER = /^---[ \t]*\n([\s\S]{0,8192}?)\n---[ \t]*(?:\n|$)/;

/** The text of a Markdown document without its marks: code stays, link targets and picture addresses go. */
export function readMarkdown(markdown: string): ExtractedDocument {
  const source = markdown.replace(/\r\n?/g, "\n");
  const front = FRONT_MATTER.exec(source);
  const tokens = lexer(front ? source.slice(front[0].length) : source, { gfm: true });
  const heading = tokens.find((token) => token.type === "heading");
  const named = /^title:[ \t]*["']?(.*?)["']?[ \t]*$/m.exec(front?.[1] ?? "")?.[1];
  return {
    title: cleanTitle(named) ?? (heading ? cleanTitle(textOf(heading)) : undefined),
    pageCount: 1,
    pages: [{ page: 1, text: cleanText(blocks(tokens)) }],
  };
}

function blocks(tokens: Token[]): string {
  return tokens
    .map(textOf)
    .filter((text) => text.trim() !== "")
    .join("\n\n");
}

function inline(tokens: Token[]): string {
  return tokens.map(textOf).join("");
}

function textOf(generic: Token): string {
  const token = generic as MarkedToken;
  switch (token.type) {
    case "space":
    case "hr":
    case "def":
    case "checkbox":
      return "";
    case "br":
      return "\n";
    case "html":
      return htmlText(token.text).text;
    case "code":
    case "codespan":
    case "escape":
    case "image":
      return token.text;
    case "list":
      return token.items.map((item) => blocks(item.tokens)).join("\n");
    case "table":
      return [token.header, ...token.rows].map((row) => row.map((cell) => inline(cell.tokens)).join("\t")).join("\n");
    case "blockquote":
      return blocks(token.tokens);
    case "text":
      return token.tokens ? inline(token.tokens) : decodeEntities(token.text);
    case "heading":
    case "paragraph":
    case "link":
    case "strong":
    case "em":
    case "del":
      return inline(token.tokens);
    default:
      return "";
  }
}

/** The lexer leaves `&amp;` and its like as they are written. */
function decodeEntities(text: string): string {
  return text.replace(/&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});/gi, (entity) => htmlText(entity).text || " ");
}
