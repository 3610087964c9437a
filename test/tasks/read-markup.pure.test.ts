import { describe, expect, it } from "vitest";
import { cleanText, cleanTitle } from "@/server/tasks/extract/clean-text";
import type { ExtractedDocument } from "@/server/tasks/extract/extracted-document";
import { readHtml } from "@/server/tasks/extract/read-html";
import { readMarkdown } from "@/server/tasks/extract/read-markdown";
import { readPlainText } from "@/server/tasks/extract/read-plain-text";

const pagesOf = (document: ExtractedDocument) =>
  [...(document.pages as Iterable<{ text: string }>)].map(({ text }) => text);

describe("HTML", () => {
  it.each([
    ["<p>One</p><p>Two</p>", "One\n\nTwo"],
    ["<ul>\n <li>a</li>\n <li>b\n</ul>", "a\nb"],
    ["a<br>b<div><div>c</div></div>", "a\nb\nc"],
    ["<table><tr><th>h</th><td>1</td></tr><tr><td>2</td></tr></table>", "h 1\n2"],
    ["x<script>alert('<p>no</p>')</script><style>p{}</style><noscript>no</noscript>y", "xy"],
    ["<SCRIPT>if (a</b) x()</SCRIPT>shown", "shown"],
    ["<svg><text>no</text></svg><template>no</template>yes", "yes"],
    ["&lt;b&gt; &amp; &eacute;&#x1F6A2;&nbsp;end", "<b> & é🚢 end"],
    ["<pre>a\n  b</pre>", "a\nb"],
    ["<p>never <b>closed <i>at all", "never closed at all"],
    ["</script></p></div>after strange closes", "after strange closes"],
    ["<!-- <p>comment</p> -->text", "text"],
    ["", ""],
  ])("%j reads %j", (html, text) => {
    expect(pagesOf(readHtml(html))).toEqual([text]);
  });

  it("takes the title out of the text", () => {
    const document = readHtml("<head><title> A &amp;\n B </title></head><body>text</body>");
    expect([document.title, pagesOf(document)]).toEqual(["A & B", ["text"]]);
  });

  it("survives deep nesting", () => {
    expect(pagesOf(readHtml(`${"<div>".repeat(3_000)}deep`))).toEqual(["deep"]);
  });
});

describe("Markdown", () => {
  it.each([
    ["# Title\n\nSome *em* and **strong** `code`.", "Title\n\nSome em and strong code."],
    ['[link](https://x.example "t") ![picture](p.png)', "link picture"],
    ["1. one\n2. two\n   - inner", "one\ntwo\n\ninner"],
    ["| a | b |\n|---|---|\n| 1 | *2* |", "a b\n1 2"],
    ["> quoted\n> text\n\n---\n\nafter", "quoted\ntext\n\nafter"],
    ["```js\nlet x = 1\n```", "let x = 1"],
    ["<div><script>no()</script>in html</div>\n\nout", "in html\n\nout"],
    ["[ref][r]\n\n[r]: https://x.example", "ref"],
    ["a \\* b &amp; c  \nnext", "a * b & c\nnext"],
    ["- [x] done", "done"],
    ["", ""],
  ])("%j reads %j", (markdown, text) => {
    expect(pagesOf(readMarkdown(markdown))).toEqual([text]);
  });

  it("takes the title from the front matter, else from the first heading", () => {
    const front = readMarkdown('---\ntitle: "Berths"\ndate: 2026-01-15\n---\n\n# Other\n');
    expect([front.title, pagesOf(front)]).toEqual(["Berths", ["Other"]]);
    expect(readMarkdown("text\n\n## The *first*\n\n# Second").title).toBe("The first");
    expect(readMarkdown("no heading").title).toBeUndefined();
    expect(pagesOf(readMarkdown("---\n\nno front matter"))).toEqual(["no front matter"]);
  });
});

describe("plain text", () => {
  it("has pages where it has form feeds", () => {
    expect(pagesOf(readPlainText("\ufeffone\r\n\ftwo "))).toEqual(["one", "two"]);
  });
});

describe("cleaned text", () => {
  it("is fit to be stored", () => {
    expect(cleanText("a\0b\u0007 \t c\r\nd \n\n\n\n e\ud800\u0301")).toBe("ab c\nd\n\ne\ufffd\u0301");
    expect(cleanText("e\u0301")).toBe("\u00e9");
  });

  it("makes a title of one line, or none", () => {
    expect(cleanTitle(" a\n\n b ")).toBe("a b");
    expect(cleanTitle("x".repeat(500))).toHaveLength(200);
    for (const none of [undefined, 5, "", " \n"]) expect(cleanTitle(none)).toBeUndefined();
  });
});
