import type { BlueprintState } from "./document";

/** How one state leads to another. */
export type EdgeKind = "case" | "default" | "next" | "outcome" | "failure" | "event" | "handler";

export interface StateEdge {
  to: string;
  kind: EdgeKind;
  /** What stands on the edge: the condition, the outcome, the event. */
  label: string;
  /** Where the document says so: `transitions.success`, `cases[0].to`. */
  key: string;
  /** The condition of a case. */
  when?: string;
  /**
   * How the event `state_entered` names it (`via.on`): `case:0`, `default`, `next`, the outcome or decision,
   * `aggregate`.
   */
  on: string;
}

/** Every edge out of a state, in the order of the document: the one list that graph, validation and diff use. */
export function edgesOf(state: BlueprintState): StateEdge[] {
  switch (state.type) {
    case "handler":
      return state.to.map((to, index) => ({ to, kind: "handler", label: "", key: `to[${index}]`, on: "next" }));
    case "choice":
      return [
        ...state.cases.map(
          ({ when, to }, index): StateEdge => ({
            to,
            kind: "case",
            label: when,
            key: `cases[${index}].to`,
            when,
            on: `case:${index}`,
          }),
        ),
        ...maybe(state.default, "default", "else", "default", "default"),
      ];
    case "set":
      return maybe(state.to, "next", "", "to", "next");
    case "task":
      return [...outcomes(state.transitions), ...events(state.on_event ?? {})];
    case "parallel":
      return [
        ...maybe(state.aggregate_into, "next", "all done", "aggregate_into", "aggregate"),
        ...maybe(state.transitions?.failure, "failure", "failure", "transitions.failure", "failure"),
      ];
    case "approval":
    case "child":
      return outcomes(state.transitions);
    case "wait":
      return [
        ...maybe(state.to, "next", state.signal ?? "", "to", "next"),
        ...maybe(
          state.transitions?.received,
          "outcome",
          state.signal ?? "received",
          "transitions.received",
          "received",
        ),
        ...maybe(state.transitions?.timeout, "failure", "timeout", "transitions.timeout", "timeout"),
      ];
    case "end":
      return [];
  }
}

/** Outcomes that mean that something went wrong or was refused. */
const FAILURES: ReadonlySet<string> = new Set([
  "failure",
  "rejected",
  "expired",
  "timeout",
  "quarantined",
  "cancelled",
]);

function outcomes(transitions: Record<string, string>): StateEdge[] {
  return Object.entries(transitions).map(([word, to]) => ({
    to,
    kind: FAILURES.has(word) ? "failure" : "outcome",
    label: word,
    key: `transitions.${word}`,
    on: word,
  }));
}

function events(transitions: Record<string, string>): StateEdge[] {
  return Object.entries(transitions).map(([word, to]) => ({
    to,
    kind: "event",
    label: word,
    key: `on_event.${word}`,
    on: word,
  }));
}

function maybe(to: string | undefined, kind: EdgeKind, label: string, key: string, on: string): StateEdge[] {
  return to === undefined ? [] : [{ to, kind, label, key, on }];
}
