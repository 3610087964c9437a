import type { TaskMessage } from "@/server/queue/contract";

export interface TaskName {
  jobId: string;
  no: number;
}

export interface DueTask extends TaskName {
  fence: number;
  type: string;
  reason: "retry" | "attempt_timeout" | "result_timeout" | "dispatch_timeout" | "announce_check";
}

export interface AnnouncedTask extends TaskName {
  fence: number;
  type: string;
}

/** What the housekeeping loops ask of the store. They change nothing of a job: what they find becomes a signal. */
export interface HousekeepingStore {
  readDueTasks(limit: number): Promise<DueTask[]>;
  readDueTimers(limit: number): Promise<{ jobId: string; key: string }[]>;
  /** Looks at these announced tasks again in `ms`. */
  postponeChecks(tasks: TaskName[], ms: number): Promise<void>;
  /** Announced tasks whose announcement is older than `olderThanMs`. */
  readAnnounced(olderThanMs: number, limit: number): Promise<AnnouncedTask[]>;
  /** Messages of tasks that are still announced. */
  taskMessages(tasks: TaskName[]): Promise<TaskMessage[]>;
  /** Moves up to `limit` tasks of the type from the backlog to announced, first by priority, then by age. */
  claimReady(type: string, limit: number, checkMs: number): Promise<TaskMessage[]>;
  /** Types with a backlog. */
  backlogTypes(): Promise<string[]>;
  /** Sessions that were not renewed for `leaseMs`, by the database's clock. */
  expiredSessions(leaseMs: number): Promise<{ id: string; worker: string }[]>;
  tasksOfSession(sessionId: string): Promise<AnnouncedTask[]>;
  endSession(sessionId: string): Promise<void>;
  /** Makes the timers of handlers due whose engine has no live lease. */
  expireOrphanHandlers(): Promise<number>;
}
