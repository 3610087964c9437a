import { describe, expect, it } from "vitest";
import { TypeDetector, typeMismatch } from "@/server/files/detect-type";
import { cleanFileName } from "@/server/files/file-name";

function detect(content: Uint8Array | string, name: string, chunkBytes = Number.POSITIVE_INFINITY): string {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const detector = new TypeDetector();
  for (let at = 0; at < bytes.length; at += chunkBytes) detector.push(bytes.subarray(at, at + chunkBytes));
  return detector.finish(name);
}

describe("the type of a file by its content", () => {
  it.each([
    ["%PDF-1.7\n\xe2\xe3", "a.pdf", "application/pdf"],
    ["mail header\n%PDF-1.4\n\0", "a.pdf", "application/pdf"],
    ["How a file beginning with %PDF- is read", "a.txt", "text/plain"],
    ["<!DOCTYPE html>\n<p>x", "a.html", "text/html"],
    ["\ufeff <!-- saved --> <html lang=en>", "a.htm", "text/html"],
    ["<?xml version='1.0'?>\n<!doctype html>", "a.xhtml", "text/html"],
    ["<p>Only a piece</p>", "a.html", "text/html"],
    ["No tags at all", "a.html", "text/plain"],
    ["<div align=center>\n\n# Title", "README.md", "text/markdown"],
    ["<html><body>", "a.md", "text/html"],
    ["# Title", "a.md", "text/markdown"],
    ["# Title", "a.txt", "text/plain"],
    ["# Title", "noextension", "text/plain"],
    ["canci\u00f3n \u4f60\u597d \u{1f6a2}", "a.txt", "text/plain"],
    ["a\0b", "a.txt", "application/octet-stream"],
    ["PK\x03\x04", "a.docx", "application/zip"],
  ])("%j named %s is %s, in one piece or byte by byte", (content, name, type) => {
    expect(detect(content, name)).toBe(type);
    expect(detect(content, name, 1)).toBe(type);
  });

  it("sees Latin-1 and a character that is cut off as no text", () => {
    expect(detect(Buffer.from("ca\xf1a", "latin1"), "a.txt")).toBe("application/octet-stream");
    expect(detect(Buffer.from("caña").subarray(0, 3), "a.txt")).toBe("application/octet-stream");
  });

  it("sees a NUL far behind the head", () => {
    expect(detect(Buffer.concat([Buffer.alloc(100_000, "a"), Buffer.from([0])]), "a.txt", 4096)).toBe(
      "application/octet-stream",
    );
  });

  it("names file, claim and truth of a mismatch", () => {
    expect(typeMismatch("scan.pdf", "image/png")).toBe(
      '"scan.pdf" claims to be PDF but its content is neither a document nor UTF-8 text (image/png). Rename it to what it is, or upload the right file.',
    );
    expect(typeMismatch("a.txt", "application/octet-stream")).toContain("Save it as UTF-8 text");
    expect(typeMismatch("upload", "text/plain", "application/pdf; x=y")).toContain("claims to be PDF");
    expect(typeMismatch("scan.png", "image/png")).toBeNull();
    expect(typeMismatch("a.md", "text/markdown")).toBeNull();
  });
});

describe("file names", () => {
  it.each([
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\ana\\carta.pdf", "carta.pdf"],
    ["cod\u202efdp.exe", "codfdp.exe"],
    ["a\0b\n.txt", "ab.txt"],
    ["..", "file"],
    ["", "file"],
    ["  ", "file"],
    ["\ud800.txt", "\ufffd.txt"],
    ["Informe año.pdf", "Informe año.pdf"],
  ])("%j is kept as %j", (given, kept) => {
    expect(cleanFileName(given)).toBe(kept);
  });

  it("keeps the extension of a long name", () => {
    const name = cleanFileName(`${"x".repeat(500)}.pdf`);
    expect([name.length, name.slice(-5)]).toEqual([200, "x.pdf"]);
  });
});
