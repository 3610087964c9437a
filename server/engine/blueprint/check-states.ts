import type { ApprovalState, BlueprintState, ChoiceState, ParallelState, WaitState } from "@/lib/blueprint/document";
import type { ProblemList } from "./problem-list";

/** What the shape of a state cannot say: which members belong together. */
export function checkState(name: string, state: BlueprintState, allowHandlers: boolean, problems: ProblemList): void {
  switch (state.type) {
    case "choice":
      return checkChoice(name, state, problems);
    case "parallel":
      return checkParallel(name, state, problems);
    case "approval":
      return checkApproval(name, state, problems);
    case "wait":
      return checkWait(name, state, problems);
    case "handler":
      if (!allowHandlers) refuseCode(name, "type", problems);
      return;
    case "end":
      if (state.handler !== undefined && !allowHandlers) refuseCode(name, "handler", problems);
      return;
    default:
      return;
  }
}

function checkChoice(name: string, state: ChoiceState, problems: ProblemList): void {
  if (state.default !== undefined || state.cases.some((one) => one.when.trim() === "true")) return;
  const message = "The choice has neither a default nor a case that is always true";
  problems.inState(name, { key: "default", message, fix: "Add default: <state>", code: "choice" });
}

function checkParallel(name: string, state: ParallelState, problems: ProblemList): void {
  const add = (key: string, message: string, fix: string) =>
    problems.inState(name, { key, message, fix, code: "parallel" });
  const each = state.for_each !== undefined || state.task !== undefined;
  if (state.tasks !== undefined && each)
    add("tasks", "Both 'tasks' and 'for_each' with 'task' are given", "Keep one of the two");
  else if (state.tasks === undefined && !each)
    add("tasks", "The state has no branches", "Add 'tasks', or 'for_each' with 'task'");
  else if (each && state.for_each === undefined)
    add("for_each", "Missing required field: 'for_each'", "Add 'for_each': \"${…}\" that gives a list");
  else if (each && state.task === undefined)
    add("task", "Missing required field: 'task'", "Add 'task', made once for each item");
  if (state.tasks && (state.tolerate_failures ?? 0) > state.tasks.length) {
    add(
      "tolerate_failures",
      `More failures are tolerated than the ${state.tasks.length} branches can have`,
      "Lower it",
    );
  }
}

function checkApproval(name: string, state: ApprovalState, problems: ProblemList): void {
  const add = (key: string, message: string, fix: string) =>
    problems.inState(name, { key, message, fix, code: "approval" });
  if (Object.keys(state.transitions).every((word) => word === "expired")) {
    add("transitions", "Nobody can decide: the approval has no decision", "Add transitions.approved: <state>");
  }
  if (state.transitions.expired !== undefined && state.deadline_seconds === undefined) {
    add(
      "transitions.expired",
      "The approval never expires: it has no deadline",
      "Add deadline_seconds, or remove transitions.expired",
    );
  }
  for (const [index, step] of (state.escalate ?? []).entries()) {
    if (state.deadline_seconds === undefined || step.after_seconds < state.deadline_seconds) continue;
    add(
      `escalate[${index}].after_seconds`,
      "The escalation comes after the deadline",
      "Escalate earlier than deadline_seconds",
    );
  }
}

function checkWait(name: string, state: WaitState, problems: ProblemList): void {
  const add = (key: string, message: string, fix: string) =>
    problems.inState(name, { key, message, fix, code: "wait" });
  const given = (["seconds", "until", "signal"] as const).filter((key) => state[key] !== undefined);
  if (given.length !== 1) {
    const what =
      given.length === 0 ? "The state waits for nothing" : `The state waits for several things: ${given.join(", ")}`;
    add(given[0] ?? "seconds", what, "Give exactly one of seconds, until, signal");
  }
  if (state.to !== undefined && state.transitions?.received !== undefined)
    add("to", "Both 'to' and 'transitions.received' are given", "Keep one of the two");
  if (state.to === undefined && state.transitions?.received === undefined)
    add("to", "Missing required field: 'to'", "Add 'to': <state>");
  if (state.signal === undefined && state.transitions !== undefined)
    add("transitions", "Only a wait for a signal has transitions", "Use 'to'");
  if (state.signal === undefined && state.timeout_seconds !== undefined)
    add("timeout_seconds", "Only a wait for a signal has a timeout", "Remove it");
  if (state.timeout_seconds !== undefined && state.signal !== undefined && state.transitions?.timeout === undefined) {
    add("transitions.timeout", "Missing required field: 'transitions.timeout'", "Say where a timeout leads");
  }
}

function refuseCode(name: string, key: string, problems: ProblemList): void {
  const message = "Code exists only in blueprints written in TypeScript";
  problems.inState(name, {
    key,
    message,
    fix: "Use choice, set, task, parallel, approval, child, wait or end",
    code: "handler",
  });
}
