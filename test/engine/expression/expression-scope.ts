import type { ExpressionScope } from "@/server/engine/expression/scope";

/** A scope with every kind of value, and two branches of a fan-out. */
export function sampleScope(changes: Partial<ExpressionScope> = {}): ExpressionScope {
  return {
    job_id: "0190-job",
    initial_data: {
      kind: "urgent",
      n: 7,
      half: 1.5,
      tags: ["a", "b", "c"],
      numbers: [1, 2, 3],
      deep: { er: { flag: true } },
      nothing: null,
      name: "héllo",
      empty: "",
    },
    state_history: { score: 3, items: [{ score: 1 }, { score: 5 }] },
    aggregation_list: [
      { status: "success", data: { score: 0.25 }, error: null },
      { status: "failure", data: null, error: { code: "PERMANENT_ERROR", message: "no" } },
    ],
    client: { name: "ana", plan: "gold" },
    now: Date.UTC(2026, 0, 1),
    ...changes,
  };
}
