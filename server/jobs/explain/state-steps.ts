import type { WaitingStep } from "@/lib/api/explain";
import { jobStatusOf } from "@/lib/job-status";
import { byHand, completion, iso, jobLimit, lastEvent, limit, type Moment, sinceLast, step, timerAt } from "./moment";
import { say } from "./sentences";

/** An engine computes: a handler runs, or runs again soon. */
export function handlerStep(moment: Moment): WaitingStep {
  const { facts, told } = moment;
  const { state } = facts.job;
  const timer = facts.timers.find(({ key }) => key === "handler");
  const at = iso(timer?.due_at ?? null);
  const engine = timer?.set?.engine ?? null;
  const live = engine === null ? null : facts.handlerEngines.includes(engine);
  const again = told.status === "awaiting_retry";
  const failed = lastEvent(moment, "handler_failed");
  const said = again
    ? say("handler_retry", { state, at, error: failed ? String(failed.data.message) : null })
    : say(live === false ? "handler_engine_gone" : "handler_running", { state, engine, at });
  const ends = [
    { what: again ? "retry" : "handler", at: again ? at : null, how: null },
    ...(again ? [] : limit("handler_timeout", timer?.due_at ?? null)),
    ...completion(moment),
    ...jobLimit(moment),
  ];
  return {
    kind: "handler",
    ...step(moment, said, sinceLast(moment, failed ? "handler_failed" : "state_entered"), null, ends),
    waits_for: { handler: state, engine, engine_live: live, deadline: at, failures: told.handlerFailures },
  };
}

export function approvalStep(moment: Moment, approval: NonNullable<Moment["facts"]["approval"]>): WaitingStep {
  const { job } = moment.facts;
  const { no, message, approvers, quorum, votes, deadline_at, asked_at } = approval;
  const id = `${job.id}.${no}`;
  const escalation = timerAt(moment, "escalation");
  const to = moment.told.nextEscalation;
  const said = say("approval", { approvers: approvers.join(", "), votes: votes.length, quorum });
  const ends = [
    { what: "decision", at: null, how: `POST /api/v1/approvals/${id}/decide` },
    ...limit("deadline", deadline_at),
    ...completion(moment),
    ...jobLimit(moment),
  ];
  return {
    kind: "approval",
    ...step(moment, said, asked_at.toISOString(), null, ends),
    waits_for: {
      approval_id: id,
      message,
      approvers,
      quorum,
      votes: votes.map(({ decision, by }) => ({ decision, by })),
      deadline_at: iso(deadline_at),
      next_escalation: escalation && to ? { at: escalation.toISOString(), to } : null,
    },
  };
}

/** A wait state: for a time, or for a signal. */
export function waitStep(moment: Moment): WaitingStep {
  const due = timerAt(moment, "wait");
  const since = sinceLast(moment, "wait_started");
  const { signal: name } = moment.told;
  if (name === null) {
    const due_at = (due ?? moment.facts.now).toISOString();
    const ends = [...limit("timer", due), ...completion(moment), ...jobLimit(moment)];
    return { kind: "timer", ...step(moment, say("timer", { at: due_at }), since, null, ends), waits_for: { due_at } };
  }
  const said = due ? say("signal_until", { name, at: due.toISOString() }) : say("signal", { name });
  const ends = [
    byHand(moment, "signal", `signals/${name}`),
    ...limit("timeout", due),
    ...completion(moment),
    ...jobLimit(moment),
  ];
  return { kind: "signal", ...step(moment, said, since, null, ends), waits_for: { name, deadline_at: iso(due) } };
}

/** The child is explained by the caller, which can read another job. */
export function childStep(moment: Moment): Extract<WaitingStep, { kind: "child" }> {
  const { child } = moment.facts;
  const status = child ? jobStatusOf(child.status) : null;
  const values = child && {
    child: child.id,
    blueprint: child.blueprint_name,
    status,
    child_state: child.state,
  };
  const said = values ? say(status === "quarantined" ? "child_quarantined" : "child", values) : say("child_absent");
  const requeue = child && { what: "child_requeue", at: null, how: `POST /api/v1/jobs/${child.id}/requeue` };
  const ends = [
    { what: "child", at: null, how: null },
    ...(requeue && status === "quarantined" ? [requeue] : []),
    ...completion(moment),
    ...jobLimit(moment),
  ];
  return {
    kind: "child",
    ...step(moment, said, sinceLast(moment, "child_started"), null, ends),
    waits_for: { job_id: child?.id ?? null, explained: null },
  };
}

export function pausedStep(moment: Moment): WaitingStep {
  const paused = lastEvent(moment, "job_paused");
  const by = (paused?.data.by as { kind: "operator"; id: string; name?: string } | undefined) ?? null;
  const reason = typeof paused?.data.reason === "string" ? paused.data.reason : null;
  const values = { by: by?.name ?? by?.id ?? null, reason };
  const said = say(reason === null ? "paused" : "paused_because", values);
  return {
    kind: "paused",
    ...step(moment, said, sinceLast(moment, "job_paused"), null, [
      byHand(moment, "resume", "resume"),
      ...jobLimit(moment),
    ]),
    waits_for: { by, reason },
  };
}

export function quarantinedStep(moment: Moment): WaitingStep {
  const { error } = moment.facts.job;
  const ends = [
    byHand(moment, "requeue", "requeue"),
    byHand(moment, "retry", "retry"),
    ...completion(moment),
    byHand(moment, "give_up", "give-up"),
  ];
  return {
    kind: "quarantined",
    ...step(
      moment,
      say("quarantined", { error: error?.message ?? null }),
      sinceLast(moment, "job_quarantined"),
      null,
      ends,
    ),
    waits_for: { error: error && { code: error.code, message: error.message } },
  };
}

/** A signal of the job was left for an engine of the release that it is pinned to. */
export function versionStep(moment: Moment, left: NonNullable<Moment["facts"]["left"]>): WaitingStep {
  const { blueprint_name, blueprint_version } = moment.facts.job;
  const said = say("version", { blueprint: blueprint_name, version: blueprint_version });
  const ends = [{ what: "engine_with_version", at: null, how: null }, ...jobLimit(moment)];
  return {
    kind: "version",
    ...step(moment, said, left.at.toISOString(), null, ends),
    waits_for: { blueprint_name, blueprint_version, needs: left.needs },
  };
}

/** It waits for nothing but an engine. */
export function engineStep(moment: Moment): WaitingStep {
  const engines = moment.facts.engines.length;
  const said = engines === 0 ? say("engine_none") : say("engine", { engines });
  return {
    kind: "engine",
    ...step(moment, said, moment.facts.job.updated_at.toISOString(), null, [{ what: "engine", at: null, how: null }]),
    waits_for: { engines },
  };
}
