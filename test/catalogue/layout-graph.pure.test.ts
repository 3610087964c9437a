import { afterAll, describe, expect, it } from "vitest";
import type { GraphEdge, GraphNode, LaidOutGraph } from "@/lib/api/graph";
import type { BlueprintDocument, BlueprintState } from "@/lib/blueprint/document";
import { CHIP_HEIGHT, chipWidth } from "@/lib/graph/edge-chip";
import { shippedBlueprints } from "@/server/blueprints/shipped";
import type { Box } from "@/server/catalogue/drawing";
import { layoutEngine } from "@/server/catalogue/layout-graph";
import { overlap } from "@/server/catalogue/side-stub";

const engine = layoutEngine();
afterAll(() => engine.close());

const layOut = (document: BlueprintDocument, hash = document.name): Promise<LaidOutGraph> =>
  engine.graph({ name: document.name, version: 1, hash, document });

const task = (transitions: Record<string, string>, start = false): BlueprintState => ({
  type: "task",
  start,
  task_type: "work",
  transitions,
});
const documentOf = (name: string, states: Record<string, BlueprintState>): BlueprintDocument => ({ name, states });

const looped = documentOf("looped", {
  receive: task({ success: "check", failure: "failed" }, true),
  check: {
    type: "choice",
    cases: [
      { when: "state_history.amount > 1000", to: "manual" },
      { when: "state_history.bad", to: "refused" },
    ],
    default: "normal",
  },
  manual: {
    type: "approval",
    message: "?",
    transitions: { approved: "normal", rejected: "refused", expired: "failed" },
  },
  normal: task({ success: "more", failure: "later", quarantined: "failed" }),
  later: { type: "wait", seconds: 60, to: "normal" },
  more: { type: "choice", cases: [{ when: "state_history.left > 0", to: "receive" }], default: "done" },
  done: { type: "end", outcome: "success" },
  failed: { type: "end", outcome: "failure" },
  refused: { type: "end", outcome: "failure" },
});

/** Forty states: choices that skip ahead, approvals that go back, and a failure edge from every task. */
function many(): BlueprintDocument {
  const name = (index: number) => (index > 36 ? "done" : `s${index}`);
  const states: Record<string, BlueprintState> = {};
  for (let index = 0; index <= 36; index++) {
    const next = name(index + 1);
    if (index % 6 === 2) {
      const cases = [
        { when: `state_history.v${index} > 3`, to: name(index + 3) },
        { when: `state_history.w${index} == "x"`, to: "refused" },
      ];
      states[name(index)] = { type: "choice", cases, default: next };
    } else if (index % 11 === 7) {
      const transitions = { approved: next, rejected: name(index - 5), expired: "failed" };
      states[name(index)] = { type: "approval", message: "?", transitions };
    } else states[name(index)] = task({ success: next, failure: "failed" }, index === 0);
  }
  states.done = { type: "end", outcome: "success" };
  states.failed = { type: "end", outcome: "failure" };
  states.refused = { type: "end", outcome: "failure" };
  return documentOf("many", states);
}

const choosy = documentOf("choosy", {
  choose: {
    type: "choice",
    start: true,
    cases: Array.from({ length: 12 }, (_, index) => ({
      when: `state_history.kind${index} == "abc"`,
      to: index % 4 === 3 ? "work" : "failed",
    })),
    default: "work",
  },
  work: task({ success: "done", failure: "failed" }),
  done: { type: "end", outcome: "success" },
  failed: { type: "end", outcome: "failure" },
});

const documents = [...shippedBlueprints.map((blueprint) => blueprint.document), looped, choosy, many()];
const ingestion = () => documents.find(({ name }) => name === "document_ingestion") as BlueprintDocument;

const nodeOf = (graph: LaidOutGraph, id: string) => graph.nodes.find((node) => node.id === id) as GraphNode;
const middle = ({ x, width }: GraphNode) => x + width / 2;

function chipOf(edge: GraphEdge): Box[] {
  if (!edge.label_at) return [];
  const width = chipWidth(edge);
  return [{ x: edge.label_at.x - width / 2, y: edge.label_at.y - CHIP_HEIGHT / 2, width, height: CHIP_HEIGHT }];
}

/** An edge's straight pieces. */
function piecesOf({ points }: GraphEdge): Box[] {
  return points.slice(1).map((b, index) => {
    const a = points[index] ?? b;
    const left = Math.min(a.x, b.x);
    const top = Math.min(a.y, b.y);
    return { x: left, y: top, width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
  });
}

const shrunk = ({ x, y, width, height }: Box): Box => ({ x: x + 1, y: y + 1, width: width - 2, height: height - 2 });

describe.each(documents.map((document) => [document.name, document] as const))("the drawing of %s", (_, document) => {
  it("has every edge, made of horizontal and vertical pieces from its state to the next", async () => {
    const graph = await layOut(document);
    for (const edge of graph.edges) {
      expect(edge.points.length, edge.id).toBeGreaterThan(1);
      for (const piece of piecesOf(edge)) expect(Math.min(piece.width, piece.height), edge.id).toBeLessThan(0.01);
      for (const [id, point] of [[edge.from, edge.points[0]] as const, [edge.to, edge.points.at(-1)] as const]) {
        const { x, y, width, height } = nodeOf(graph, id);
        const at = { x: (point?.x ?? 0) - 1, y: (point?.y ?? 0) - 1, width: 2, height: 2 };
        expect(overlap({ x, y, width, height }, at), edge.id).toBe(true);
      }
    }
  });

  it("lets no line run through a state, and no state or chip cover another", async () => {
    const graph = await layOut(document);
    for (const edge of graph.edges) {
      for (const node of graph.nodes) {
        for (const piece of piecesOf(edge)) expect(overlap(shrunk(node), piece), `${edge.id} ${node.id}`).toBe(false);
      }
    }
    const boxes = [...graph.nodes, ...graph.edges.flatMap(chipOf)];
    for (const [index, box] of boxes.entries()) {
      for (const other of boxes.slice(index + 1)) expect(overlap(shrunk(box), other)).toBe(false);
      expect(box.x + box.width).toBeLessThanOrEqual(graph.width);
      expect(box.y + box.height).toBeLessThanOrEqual(graph.height);
    }
  });
});

describe("ends for failures", () => {
  it("stand at the right, reached through one trunk", async () => {
    const graph = await layOut(ingestion());
    const rejected = nodeOf(graph, "rejected");
    const others = graph.nodes.filter((node) => node !== rejected);
    expect(Math.max(...others.map((node) => node.x + node.width))).toBeLessThan(rejected.x);
    const incoming = graph.edges.filter((edge) => edge.to === "rejected");
    expect(incoming.length).toBeGreaterThan(8);
    expect(new Set(incoming.map((edge) => edge.points.at(-2)?.x)).size).toBe(1);
    for (const edge of incoming) expect(edge.points.length, edge.id).toBeLessThanOrEqual(4);
    expect(incoming.every((edge) => !edge.back)).toBe(true);
  });

  it("leave the way that jobs are meant to take in one column that fits a screen", async () => {
    const graph = await layOut(ingestion());
    const column = graph.nodes.filter((node) => node.id !== "rejected").map(middle);
    expect(Math.max(...column) - Math.min(...column)).toBeLessThan(1);
    expect(graph.height).toBeLessThan(900);
  });

  it("need no word on a plain failure, but one on whatever else leads there", async () => {
    const graph = await layOut(ingestion());
    const worded = graph.edges.filter((edge) => edge.to === "rejected" && edge.label_at).map((edge) => edge.on);
    expect(worded.sort()).toEqual(["case:0", "case:1", "expired", "rejected"]);
  });

  it("stay below when they are a state's only way on", async () => {
    const graph = await layOut(
      documentOf("only", { work: task({ failure: "failed" }, true), failed: { type: "end", outcome: "failure" } }),
    );
    expect(nodeOf(graph, "failed").y).toBeGreaterThan(nodeOf(graph, "work").y);
  });
});

describe("a layout", () => {
  it("marks edges to an earlier state", async () => {
    const graph = await layOut(looped);
    expect(graph.edges.filter((edge) => edge.back).map((edge) => edge.id)).toContain("more:cases[0].to");
  });

  it("is the same every time", async () => {
    const document = many();
    const [first, second] = [await layOut(document, "first"), await layOut(document, "second")];
    expect({ ...second, blueprint_hash: "" }).toEqual({ ...first, blueprint_hash: "" });
  });
});
