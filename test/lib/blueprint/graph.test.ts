import { describe, expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { blueprintDot } from "@/lib/blueprint/dot";
import { blueprintGraph } from "@/lib/blueprint/graph";
import { sampleDocument } from "@/test/engine/blueprint/sample-document";

const arrows = (document: BlueprintDocument) =>
  blueprintGraph(document).edges.map((edge) => `${edge.from} -${edge.kind}:${edge.label}-> ${edge.to} (${edge.on})`);

describe("the graph of a blueprint", () => {
  it("has every edge of every state", () => {
    expect(arrows(sampleDocument())).toEqual([
      "route -case:initial_data.kind == 'urgent'-> fast (case:0)",
      "route -default:else-> transcode (default)",
      "transcode -outcome:success-> chunks (success)",
      "transcode -failure:failure-> failed (failure)",
      "transcode -outcome:needs_review-> review (needs_review)",
      "transcode -event:low_quality-> review (low_quality)",
      "fast -outcome:success-> done (success)",
      "fast -failure:failure-> failed (failure)",
      "chunks -next:all done-> merge (aggregate)",
      "chunks -failure:failure-> failed (failure)",
      "merge -next:-> review (next)",
      "review -outcome:approved-> notify (approved)",
      "review -failure:rejected-> failed (rejected)",
      "review -failure:expired-> failed (expired)",
      "notify -outcome:success-> cool (success)",
      "notify -failure:failure-> failed (failure)",
      "cool -next:-> done (next)",
    ]);
  });

  it("has the edges of handlers and of waits for signals", () => {
    expect(
      arrows({
        name: "x",
        states: {
          code: { type: "handler", start: true, handler: "code", to: ["pay", "done"] },
          pay: { type: "wait", signal: "paid", transitions: { received: "done", timeout: "code" } },
          done: { type: "end", outcome: "success" },
        },
      }),
    ).toEqual([
      "code -handler:-> pay (next)",
      "code -handler:-> done (next)",
      "pay -outcome:paid-> done (received)",
      "pay -failure:timeout-> code (timeout)",
    ]);
  });

  it("gives each edge an id of its own, and each node what it works with", () => {
    const { nodes, edges } = blueprintGraph(sampleDocument());
    expect(new Set(edges.map((edge) => edge.id)).size).toBe(edges.length);
    expect(edges[0]).toMatchObject({ id: "route:cases[0].to", when: "initial_data.kind == 'urgent'" });
    expect(nodes.map((node) => [node.id, node.detail])).toEqual([
      ["route", undefined],
      ["transcode", "video_transcoding"],
      ["fast", "video_fast"],
      ["chunks", "analyse_chunk × each"],
      ["merge", undefined],
      ["review", "2 approvals"],
      ["notify", "notify_customer"],
      ["cool", "5 s"],
      ["done", undefined],
      ["failed", undefined],
    ]);
    expect(nodes.filter((node) => node.start).map((node) => node.id)).toEqual(["route"]);
    expect(nodes.at(-1)).toMatchObject({ type: "end", outcome: "failure" });
  });
});

describe("DOT text", () => {
  it("labels edges, marks start and ends, and is the same for another order of states", () => {
    const document = sampleDocument();
    const dot = blueprintDot(document);
    expect(dot).toContain(`"route" -> "fast" [label="initial_data.kind == 'urgent'"];`);
    expect(dot).toContain('"review" -> "failed" [label="expired", style=dashed];');
    expect(dot).toContain('__start -> "route";');
    expect(dot).toMatch(/"done" \[label="done", shape=doublecircle, color=darkgreen\]/);
    expect(dot).toMatch(/"failed" \[label="failed", shape=doublecircle, color=firebrick\]/);
    const reversed = { ...document, states: Object.fromEntries(Object.entries(document.states).reverse()) };
    expect(blueprintDot(reversed)).toBe(dot);
  });

  it("cannot be broken out of by a label", () => {
    const evil = '"]; evil [label="\\';
    const dot = blueprintDot({
      name: evil,
      states: {
        a: { type: "choice", start: true, cases: [{ when: `initial_data.x == '${evil}\n'`, to: "b" }], default: "b" },
        b: { type: "end", outcome: "success" },
      },
    });
    const outside = dot.replace(/"(?:[^"\\\n]|\\.)*"/g, "TEXT");
    expect(outside).not.toContain("evil");
    expect(outside.split("\n").every((line) => /^(digraph TEXT \{|\}|| {2}[\w ->=,.[\]]+;)$/.test(line))).toBe(true);
  });
});
