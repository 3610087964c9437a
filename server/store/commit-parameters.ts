import { EVENT_KIND, TIMER_KINDS } from "@/lib/job-event";
import { auditEntries } from "@/server/engine/audit-entries";
import { TASK_STATUS } from "@/server/engine/job";
import type {
  ApprovalWrite,
  GroupWrite,
  JobSubmission,
  JobWrites,
  NewJobWrites,
  NewTask,
  TaskChange,
} from "@/server/engine/writes";
import { partitionOf } from "@/server/queue/partition";
import { BlockRows, jsonText } from "./block-columns";
import { BLOCK_SHAPES, type BlockKey, CHANGED_JOBS, JOB_FLAG, MADE_JOBS, NEW_JOBS, SIGNAL_ROWS } from "./commit-blocks";
import { COMMIT_CORE, COMMIT_FULL, CORE_BLOCKS, FULL_BLOCKS, SUBMIT, SUBMIT_BLOCKS } from "./commit-statement";
import { UnstorableTextError } from "./errors";

export interface Statement {
  name: string;
  text: string;
  values: (string | null)[];
}

type Blocks = Record<BlockKey, BlockRows>;

/** A change, with the jobs that it makes. */
export type CommitWrites = JobWrites & { made?: NewJobWrites[] };

const MAX_INT = 2_147_483_647;

function emptyBlocks(): Blocks {
  const blocks: Partial<Blocks> = {};
  for (const key of FULL_BLOCKS) blocks[key] = new BlockRows(BLOCK_SHAPES[key]);
  return blocks as Blocks;
}

/**
 * The statement that commits `writes`; the core form when nothing needs more. `announced` holds `<job>.<no>` of ready
 * tasks that go into the window. Throws RangeError when a job is in the batch twice, UnstorableTextError for a text that
 * cannot be stored.
 */
export function commitStatement(
  writes: CommitWrites[],
  announced: ReadonlySet<string>,
  signalRows: string[],
): Statement {
  const sorted = writes.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
  const jobs = new BlockRows(CHANGED_JOBS);
  const blocks = emptyBlocks();
  sorted.forEach((write, index) => {
    if (index > 0 && sorted[index - 1]?.jobId === write.jobId) {
      throw new RangeError(`the job ${write.jobId} is in one batch twice`);
    }
    const flags =
      (write.result === undefined ? 0 : JOB_FLAG.result) |
      (write.error === undefined ? 0 : JOB_FLAG.error) |
      (write.reopen ? JOB_FLAG.reopen : 0);
    const { jobId, expectedVersion, version, status, state, transitions, result, error } = write;
    jobs.add(jobId, jobId, expectedVersion, version, status, state, transitions, flags, orNull(result), orNull(error));
    addChange(blocks, write, index + 1, announced);
  });
  const made = new BlockRows(MADE_JOBS);
  sorted.forEach((write, index) => {
    if (write.made) addMade(made, blocks, write.made, { root: index + 1, jobs: sorted.length }, announced);
  });
  const signals = new BlockRows(SIGNAL_ROWS);
  for (const id of signalRows) signals.add(null, id);
  const isCore =
    signals.length === 0 &&
    made.length === 0 &&
    FULL_BLOCKS.every((key) => isIn(CORE_BLOCKS, key) || blocks[key].length === 0);
  return isCore
    ? { ...COMMIT_CORE, values: valuesOf(jobs, blocks, CORE_BLOCKS) }
    : { ...COMMIT_FULL, values: [...valuesOf(jobs, blocks, FULL_BLOCKS, made), ...signals.parameters()] };
}

/** The statement that inserts `submissions`; their rows stay in this order. */
export function submitStatement(submissions: JobSubmission[], announced: ReadonlySet<string>): Statement {
  const jobs = new BlockRows(NEW_JOBS);
  const blocks = emptyBlocks();
  submissions.forEach(({ writes, clientId, blueprintId, input, labels, processId, idempotency }, index) => {
    const { jobId, version, status, state, transitions, result, error } = writes;
    if (idempotency?.key === "") throw new UnstorableTextError(jobId, "idempotency key", "(it is empty)");
    jobs.add(
      jobId,
      jobId,
      clientId,
      blueprintId,
      version,
      status,
      state,
      transitions,
      JSON.stringify(input),
      orNull(result),
      orNull(error),
      labels === null ? null : JSON.stringify(labels),
      processId ?? null,
      idempotency?.key ?? null,
      idempotency ? Buffer.from(idempotency.requestHash).toString("hex") : null,
    );
    addChange(blocks, writes, index + 1, announced);
  });
  const made = new BlockRows(MADE_JOBS);
  submissions.forEach((submission, index) => {
    addMade(made, blocks, submission.made, { root: index + 1, jobs: submissions.length }, announced);
  });
  return { ...SUBMIT, values: valuesOf(jobs, blocks, SUBMIT_BLOCKS, made) };
}

/** Jobs that a change makes; their positions follow those of the statement's own jobs. */
function addMade(
  rows: BlockRows,
  blocks: Blocks,
  all: NewJobWrites[],
  at: { root: number; jobs: number },
  announced: ReadonlySet<string>,
): void {
  for (const { writes, blueprintId, input, labels, parent } of all) {
    const { jobId, version, status, state, transitions, result, error } = writes;
    const o = at.jobs + rows.length + 1;
    rows.add(
      jobId,
      o,
      at.root,
      jobId,
      blueprintId,
      parent?.jobId ?? null,
      parent?.no ?? null,
      version,
      status,
      state,
      transitions,
      JSON.stringify(input),
      orNull(result),
      orNull(error),
      labels === null ? null : JSON.stringify(labels),
    );
    addChange(blocks, writes, o, announced);
  }
}

function valuesOf(
  jobs: BlockRows,
  blocks: Blocks,
  keys: readonly BlockKey[],
  made: BlockRows | null = null,
): (string | null)[] {
  const values = jobs.parameters();
  if (made) values.push(...made.parameters());
  for (const key of keys) values.push(...blocks[key].parameters());
  return values;
}

function isIn(keys: readonly BlockKey[], key: BlockKey): boolean {
  return keys.includes(key);
}

/** JSON text; both `undefined` (leave as it is) and null (clear) are SQL's null, the flags tell them apart. */
function orNull(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

function addChange(blocks: Blocks, write: JobWrites, o: number, announced: ReadonlySet<string>): void {
  const { jobId } = write;
  for (const task of write.goneTasks) blocks.f.add(jobId, o, task.no);
  for (const task of write.newTasks) addNewTask(blocks.t, jobId, o, task, announced);
  for (const event of write.events) {
    blocks.e.add(jobId, o, event.seq, EVENT_KIND[event.kind], jsonText(event.data));
  }
  for (const task of write.changedTasks) addChangedTask(blocks.r, jobId, o, task, announced);
  for (const { no, priority } of write.reprioritised) blocks.p.add(jobId, o, no, realOf(priority));
  if (write.newGroup) addGroup(blocks.g, jobId, o, write.newGroup);
  if (write.changedGroup) addGroup(blocks.g, jobId, o, write.changedGroup);
  if (write.goneGroup !== null) blocks.h.add(jobId, o, write.goneGroup);
  for (const timer of write.timersSet) {
    blocks.m.add(jobId, o, timer.key, TIMER_KINDS[timer.kind], timer.dueMs, orNull(timer.data));
  }
  for (const key of write.timersCleared) blocks.c.add(jobId, o, key);
  if (write.newApproval) addApproval(blocks.a, jobId, o, write.newApproval);
  if (write.changedApproval) addApproval(blocks.a, jobId, o, write.changedApproval);
  for (const entry of auditEntries(jobId, write.events)) blocks.z.add(jobId, o, JSON.stringify(entry));
  for (const signal of write.signals)
    blocks.q.add(jobId, o, partitionOf(signal.jobId), signal.jobId, JSON.stringify(signal));
}

function addGroup(rows: BlockRows, jobId: string, o: number, group: GroupWrite): void {
  rows.add(jobId, o, group.no, group.expected, group.pending, group.failed, group.tolerate);
}

function readyStatus(jobId: string, no: number, isPlaced: boolean, announced: ReadonlySet<string>): number {
  if (isPlaced) return TASK_STATUS.unplaced;
  return announced.has(`${jobId}.${no}`) ? TASK_STATUS.announced : TASK_STATUS.backlog;
}

function addNewTask(rows: BlockRows, jobId: string, o: number, task: NewTask, announced: ReadonlySet<string>): void {
  rows.add(
    jobId,
    o,
    task.no,
    task.held ? TASK_STATUS.held : readyStatus(jobId, task.no, task.requirements !== null, announced),
    task.type,
    realOf(task.priority),
    task.groupNo,
    task.branch,
    task.dispatchDeadlineMs,
    task.resultDeadlineMs,
    task.timeoutMs === null ? null : Math.min(Math.round(task.timeoutMs), MAX_INT),
    JSON.stringify(task.params),
    orNull(task.spec),
    orNull(task.requirements),
  );
}

/** Closer to zero than this is no `real`, which refuses it instead of rounding. */
const LEAST_REAL = 1e-37;

function realOf(value: number): number {
  return Math.abs(value) < LEAST_REAL ? 0 : value;
}

const PHASE_STATUS = {
  started: TASK_STATUS.running,
  retry: TASK_STATUS.retry,
  held: TASK_STATUS.held,
} as const;

function addChangedTask(
  rows: BlockRows,
  jobId: string,
  o: number,
  task: TaskChange,
  announced: ReadonlySet<string>,
): void {
  const status =
    task.phase === "ready" ? readyStatus(jobId, task.no, task.isPlaced, announced) : PHASE_STATUS[task.phase];
  const { no, attempt, fence, losses, worker, priority, dispatchDeadlineMs, dueMs, params } = task;
  const rank = realOf(priority);
  rows.add(jobId, o, no, status, attempt, fence, losses, worker, rank, dispatchDeadlineMs, dueMs, jsonText(params));
}

function addApproval(rows: BlockRows, jobId: string, o: number, write: ApprovalWrite): void {
  const { approval } = write;
  rows.add(
    jobId,
    o,
    write.no,
    write.status,
    write.state,
    approval.message,
    orNull(approval.form),
    JSON.stringify(approval.approvers),
    approval.quorum,
    approval.denyStarter ? 1 : 0,
    JSON.stringify(approval.decisions),
    JSON.stringify(approval.votes),
    write.outcome,
    write.deadlineMs,
    approval.version,
  );
}
