import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseParser } from "@/lib/sse";

describe("the parser of event streams", () => {
  it("reads events, ids, comments and several lines of data", () => {
    const parser = createSseParser();
    const messages = parser.push(': ping\n\nid: 7\nevent: jobs\ndata: {"a":\ndata: 1}\n\ndata:x\n\nevent: empty\n\n');
    expect(messages).toEqual([
      { event: "jobs", data: '{"a":\n1}', id: "7" },
      { event: "message", data: "x", id: "7" },
    ]);
    expect(parser.lastId).toBe("7");
  });

  it("keeps the id that it was given until a newer one comes", () => {
    const parser = createSseParser("41");
    expect(parser.push("data: a\n\n")).toEqual([{ event: "message", data: "a", id: "41" }]);
    expect(parser.push("id: bad\0id\ndata: b\n\n")[0]?.id).toBe("41");
  });

  it("gives the same wherever the stream is cut and however lines end", () => {
    const text =
      "id: 1\nevent: é\ndata: one\ndata:  two\n\n: c\nretry: 5\nunknown\ndata\n\nid: 2\ndata: z\n\nincomplete";
    const whole = createSseParser().push(text);
    expect(whole).toHaveLength(3);
    fc.assert(
      fc.property(
        fc.constantFrom("\n", "\r", "\r\n"),
        fc.array(fc.nat(text.length + 20), { maxLength: 12 }),
        (end, cuts) => {
          const stream = text.replaceAll("\n", end);
          const parser = createSseParser();
          const places = [...new Set([0, ...cuts.filter((cut) => cut < stream.length), stream.length])].sort(
            (a, b) => a - b,
          );
          const messages = places.slice(1).flatMap((to, index) => parser.push(stream.slice(places[index], to)));
          expect(messages).toEqual(whole);
        },
      ),
    );
  });
});
