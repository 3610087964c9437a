import { TASK_STATUS } from "@/server/engine/job";
import type { BlockShape } from "./block-columns";

/** An announced task that nobody has reported by then is looked for (`data-model`: membership check). */
export const ANNOUNCE_CHECK_MS = 30_000;

/** Bits of a changed job's `flags`. */
export const JOB_FLAG = { result: 1, error: 2, reopen: 4 } as const;

// `o` is the position of the job among the jobs of the statement, from 1 on: four bytes in place of an id of 36.

export const CHANGED_JOBS: BlockShape = {
  name: "job",
  columns: [
    ["id", "uuid"],
    ["ver", "int"],
    ["nver", "int"],
    ["status", "smallint"],
    ["state", "text"],
    ["transitions", "int"],
    ["flags", "smallint"],
    ["result", "json"],
    ["error", "json"],
  ],
};

export const NEW_JOBS: BlockShape = {
  name: "job",
  columns: [
    ["id", "uuid"],
    ["client_id", "int"],
    ["blueprint_id", "int"],
    ["nver", "int"],
    ["status", "smallint"],
    ["state", "text"],
    ["transitions", "int"],
    ["input", "json"],
    ["result", "json"],
    ["error", "json"],
    ["labels", "json"],
    ["process_id", "text"],
    ["key", "text"],
    ["hash", "text"],
  ],
};

/** Jobs that other jobs of the statement make: `root` is the position of the one whose change they belong to. */
export const MADE_JOBS: BlockShape = {
  name: "made_job",
  columns: [
    ["o", "int"],
    ["root", "int"],
    ["id", "uuid"],
    ["blueprint_id", "int"],
    ["parent_id", "uuid"],
    ["parent_task", "int"],
    ["nver", "int"],
    ["status", "smallint"],
    ["state", "text"],
    ["transitions", "int"],
    ["input", "json"],
    ["result", "json"],
    ["error", "json"],
    ["labels", "json"],
  ],
};

/** Signals to other jobs, written with the change that causes them. */
export const SENT_SIGNALS: BlockShape = {
  name: "sent_signal",
  columns: [
    ["o", "int"],
    ["lane", "smallint"],
    ["job_id", "uuid"],
    ["body", "json"],
  ],
};

export const GONE_TASKS: BlockShape = {
  name: "gone_task",
  columns: [
    ["o", "int"],
    ["no", "int"],
  ],
};

export const NEW_TASKS: BlockShape = {
  name: "task",
  columns: [
    ["o", "int"],
    ["no", "int"],
    ["status", "smallint"],
    ["type", "text"],
    ["priority", "real"],
    ["group_no", "int"],
    ["branch", "int"],
    ["dispatch_ms", "float8"],
    ["deadline_ms", "float8"],
    ["timeout_ms", "int"],
    ["params", "json"],
    ["spec", "json"],
    ["requirements", "json"],
  ],
};

export const NEW_EVENTS: BlockShape = {
  name: "event",
  columns: [
    ["o", "int"],
    ["seq", "int"],
    ["kind", "smallint"],
    ["data", "json"],
  ],
};

export const CHANGED_TASKS: BlockShape = {
  name: "changed_task",
  columns: [
    ["o", "int"],
    ["no", "int"],
    ["status", "smallint"],
    ["attempt", "smallint"],
    ["fence", "int"],
    ["losses", "smallint"],
    ["worker", "text"],
    ["priority", "real"],
    ["dispatch_ms", "float8"],
    ["due_ms", "float8"],
    ["params", "json"],
  ],
};

export const REPRIORITISED_TASKS: BlockShape = {
  name: "reprioritised_task",
  columns: [
    ["o", "int"],
    ["no", "int"],
    ["priority", "real"],
  ],
};

export const GROUPS: BlockShape = {
  name: "group",
  columns: [
    ["o", "int"],
    ["no", "int"],
    ["expected", "int"],
    ["pending", "int"],
    ["failed", "int"],
    ["tolerate", "int"],
  ],
};

export const GONE_GROUPS: BlockShape = {
  name: "gone_group",
  columns: [
    ["o", "int"],
    ["no", "int"],
  ],
};

export const TIMERS: BlockShape = {
  name: "timer",
  columns: [
    ["o", "int"],
    ["key", "text"],
    ["kind", "smallint"],
    ["due_ms", "float8"],
    ["data", "json"],
  ],
};

export const CLEARED_TIMERS: BlockShape = {
  name: "cleared_timer",
  columns: [
    ["o", "int"],
    ["key", "text"],
  ],
};

export const APPROVALS: BlockShape = {
  name: "approval",
  columns: [
    ["o", "int"],
    ["no", "int"],
    ["status", "smallint"],
    ["state", "text"],
    ["message", "text"],
    ["form", "json"],
    ["approvers", "json"],
    ["quorum", "smallint"],
    ["deny_starter", "smallint"],
    ["decisions", "json"],
    ["votes", "json"],
    ["outcome", "text"],
    ["deadline_ms", "float8"],
    ["ver", "int"],
  ],
};

/** Who did what; one JSON a row, because its texts come from people and may hold anything that JSON can. */
export const AUDIT_ENTRIES: BlockShape = {
  name: "audit_entry",
  columns: [
    ["o", "int"],
    ["entry", "json"],
  ],
};

export const SIGNAL_ROWS: BlockShape = { name: "signal", columns: [["id", "bigint"]] };

const ANNOUNCED = TASK_STATUS.announced;

/**
 * A block's rows with the ids of their jobs, as one relation: only then does the planner put the whole key into one index
 * probe. From two relations it takes the job's id alone, and reads all branches of a fan-out for each that ended.
 */
const named = (x: string) => `(select u.id, x.* from ${x} join u on u.ord = x.o offset 0) y`;

/**
 * What each block does to its table, once the statement has its winners in `u(id, ord, nver, client_id)`. `x` is the
 * block's `unnest`.
 */
export const BLOCK_SQL = {
  f: (x: string) => `delete from tasks k using ${named(x)} where k.job_id = y.id and k.no = y.no`,
  t: (
    x: string,
  ) => `insert into tasks (job_id, no, status, type, priority, group_no, branch, due_at, dispatch_deadline, deadline_at,
      timeout_ms, params, spec, requirements, created_at)
    select u.id, x.no, x.status, x.type, x.priority, x.group_no, x.branch,
      least(case when x.status = ${ANNOUNCED} then now() + interval '${ANNOUNCE_CHECK_MS} ms' end,
            now() + x.dispatch_ms * interval '1 ms', now() + x.deadline_ms * interval '1 ms'),
      now() + x.dispatch_ms * interval '1 ms', now() + x.deadline_ms * interval '1 ms',
      x.timeout_ms, x.params::json, x.spec::json, x.requirements::jsonb, now()
    from ${x} join u on u.ord = x.o`,
  e: (x: string) => `insert into events (job_id, seq, kind, at, data)
    select u.id, x.seq, x.kind, now(), x.data::json from ${x} join u on u.ord = x.o`,
  // A branch that was held enters the queue now; a negative limit takes the deadline away while its job is paused. A task that was handed out once has met its dispatch deadline: a later
  // attempt does not inherit it.
  r: (
    x: string,
  ) => `update tasks k set status = y.status, attempt = y.attempt, fence = y.fence, losses = y.losses, worker = y.worker, priority = y.priority,
      params = coalesce(y.params::json, k.params),
      progress = case when y.fence = k.fence then k.progress end,
      progress_message = case when y.fence = k.fence then k.progress_message end,
      dispatch_deadline = case when y.fence = k.fence and y.status in (${TASK_STATUS.backlog}, ${ANNOUNCED}, ${TASK_STATUS.held}, ${TASK_STATUS.unplaced}) and (y.dispatch_ms is null or y.dispatch_ms >= 0) then coalesce(now() + y.dispatch_ms * interval '1 ms', k.dispatch_deadline) end,
      due_at = case
        when y.status in (${TASK_STATUS.running}, ${TASK_STATUS.retry}) then least(now() + y.due_ms * interval '1 ms', k.deadline_at)
        else least(case when y.status = ${ANNOUNCED} then now() + interval '${ANNOUNCE_CHECK_MS} ms' end,
                   case when y.fence = k.fence and (y.dispatch_ms is null or y.dispatch_ms >= 0) then coalesce(now() + y.dispatch_ms * interval '1 ms', k.dispatch_deadline) end, k.deadline_at) end
    from ${named(x)} where k.job_id = y.id and k.no = y.no`,
  // What a stream or a worker has already goes its way.
  p: (x: string) => `update tasks k set priority = y.priority from ${named(x)}
    where k.job_id = y.id and k.no = y.no and k.status in (${TASK_STATUS.backlog}, ${TASK_STATUS.retry}, ${TASK_STATUS.held}, ${TASK_STATUS.unplaced}, ${TASK_STATUS.placed})`,
  g: (x: string) => `insert into groups (job_id, no, expected, pending, failed, tolerate)
    select u.id, x.no, x.expected, x.pending, x.failed, x.tolerate from ${x} join u on u.ord = x.o
    on conflict (job_id, no) do update set expected = excluded.expected, pending = excluded.pending, failed = excluded.failed, tolerate = excluded.tolerate`,
  h: (x: string) => `delete from groups k using ${named(x)} where k.job_id = y.id and k.no = y.no`,
  m: (x: string) => `insert into timers (job_id, key, kind, due_at, data)
    select u.id, x.key, x.kind, now() + x.due_ms * interval '1 ms', x.data::json from ${x} join u on u.ord = x.o
    on conflict (job_id, key) do update set kind = excluded.kind, due_at = excluded.due_at, data = excluded.data`,
  c: (x: string) => `delete from timers k using ${named(x)} where k.job_id = y.id and k.key = y.key`,
  // A vote, a delegation or an end changes neither what was asked nor when it is due.
  a: (
    x: string,
  ) => `insert into approvals (job_id, no, client_id, status, state, message, form, approvers, quorum, deny_starter, decisions, votes,
      outcome, deadline_at, version, asked_at, closed_at)
    select u.id, x.no, u.client_id, x.status, x.state, coalesce(x.message, ''), x.form::json,
      array(select json_array_elements_text(x.approvers::json)), x.quorum, x.deny_starter = 1, x.decisions::json, x.votes::json,
      x.outcome, now() + x.deadline_ms * interval '1 ms', x.ver, now(), case when x.status <> 0 then now() end
    from ${x} join u on u.ord = x.o
    on conflict (job_id, no) do update set status = excluded.status, votes = excluded.votes, outcome = excluded.outcome, closed_at = excluded.closed_at,
      approvers = excluded.approvers, version = excluded.version`,
  z: (
    x: string,
  ) => `insert into audit (actor_kind, actor_id, actor_name, action, target_kind, target_id, client_id, reason, data)
    select y.entry->'by'->>'kind', y.entry->'by'->>'id', y.entry->'by'->>'name', y.entry->>'action', y.entry->'target'->>0,
      y.entry->'target'->>1, y.client_id, y.entry->>'reason', case json_typeof(y.entry->'data') when 'object' then y.entry->'data' end
    from (select x.entry::json, x.ord, u.client_id from ${x} join u on u.ord = x.o) y order by y.ord`,
  q: (x: string) =>
    `insert into signals (lane, job_id, body) select x.lane, x.job_id, x.body::json from ${x} join u on u.ord = x.o order by x.o`,
} as const;

export type BlockKey = keyof typeof BLOCK_SQL;

export const BLOCK_SHAPES: Record<BlockKey, BlockShape> = {
  f: GONE_TASKS,
  t: NEW_TASKS,
  e: NEW_EVENTS,
  r: CHANGED_TASKS,
  p: REPRIORITISED_TASKS,
  g: GROUPS,
  h: GONE_GROUPS,
  m: TIMERS,
  c: CLEARED_TIMERS,
  a: APPROVALS,
  q: SENT_SIGNALS,
  z: AUDIT_ENTRIES,
};
