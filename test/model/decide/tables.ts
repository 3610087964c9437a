import { expect } from "vitest";
import { isTerminal, jobStatusOf } from "@/lib/job-status";
import type { MadeJob, Surroundings } from "@/server/engine/change";
import type { Job } from "@/server/engine/job";
import { writesOfMade } from "@/server/engine/made-jobs";
import type { JobWrites, NewJobWrites } from "@/server/engine/writes";

/** The rows of one job, as a database would have them after its writes: what exists is inserted once and changed only while it exists. */
export class Rows {
  private readonly tasks = new Map<number, { held: boolean }>();
  private readonly timers = new Set<string>();
  private readonly groups = new Set<number>();
  private readonly approvals = new Map<number, number>();
  private version = 0;
  private status = 0;

  write(writes: JobWrites): void {
    expect(writes.expectedVersion).toBe(this.version);
    expect(writes.version).toBe(this.version + writes.events.length);
    expect(writes.events.map((event) => event.seq)).toEqual(writes.events.map((_, i) => this.version + i + 1));
    if (isTerminal(jobStatusOf(this.status)) && writes.events.length > 0) expect(writes.reopen).toBe(true);
    this.version = writes.version;
    this.status = writes.status;
    this.writeTasks(writes);
    for (const key of writes.timersCleared) expect(this.timers.delete(key), `timer ${key} cleared`).toBe(true);
    const set = writes.timersSet.map(({ key }) => key);
    expect(new Set([...set, ...writes.timersCleared]).size).toBe(set.length + writes.timersCleared.length);
    for (const { key, dueMs } of writes.timersSet) {
      expect(dueMs).toBeGreaterThanOrEqual(0);
      this.timers.add(key);
    }
    if (writes.goneGroup !== null) expect(this.groups.delete(writes.goneGroup)).toBe(true);
    if (writes.newGroup) {
      expect(this.groups.has(writes.newGroup.no)).toBe(false);
      this.groups.add(writes.newGroup.no);
    }
    if (writes.changedGroup) expect(this.groups.has(writes.changedGroup.no)).toBe(true);
    if (writes.changedApproval) expect(this.approvals.get(writes.changedApproval.no)).toBe(0);
    if (writes.newApproval) expect(this.approvals.has(writes.newApproval.no)).toBe(false);
    for (const one of [writes.changedApproval, writes.newApproval]) if (one) this.approvals.set(one.no, one.status);
  }

  /** The rows are those that the job speaks of. */
  agree(job: Job): void {
    expect(this.version).toBe(job.version);
    expect([...this.tasks.keys()].sort()).toEqual([...job.tasks.keys()].sort());
    for (const [no, { held }] of this.tasks) expect(held, `task ${no} held`).toBe(job.tasks.get(no)?.phase === "held");
    expect([...this.timers].sort()).toEqual([...job.timers.keys()].sort());
    expect([...this.groups]).toEqual(job.fanOut ? [job.fanOut.n0] : []);
    const open = [...this.approvals].filter(([, status]) => status === 0).map(([no]) => no);
    expect(open).toEqual(job.approval ? [job.approval.no] : []);
  }

  private writeTasks({ newTasks, changedTasks, goneTasks }: JobWrites): void {
    const touched = [...newTasks, ...changedTasks, ...goneTasks].map((task) => task.no);
    expect(new Set(touched).size).toBe(touched.length);
    for (const { no, phase } of changedTasks) {
      expect(this.tasks.has(no), `task ${no} changed`).toBe(true);
      this.tasks.set(no, { held: phase === "held" });
    }
    for (const { no } of goneTasks) expect(this.tasks.delete(no), `task ${no} gone`).toBe(true);
    for (const { no, held } of newTasks) {
      expect(this.tasks.has(no), `task ${no} new`).toBe(false);
      this.tasks.set(no, { held });
    }
  }
}

/** Jobs that a decision made are whole from their first change on, and nobody has them yet. */
export function checkMade(made: MadeJob[], known: Set<string>, around: Surroundings): NewJobWrites[] {
  const writes = writesOfMade(made, around);
  for (const [index, one] of writes.entries()) {
    expect(known.has(one.writes.jobId), "made twice").toBe(false);
    known.add(one.writes.jobId);
    const rows = new Rows();
    rows.write(one.writes);
    rows.agree((made[index] as MadeJob).job);
  }
  return writes;
}
