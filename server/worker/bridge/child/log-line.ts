import type { LogRecord } from "../executor";
import type { SlotPort } from "../messages";

const MAX_MESSAGE_CHARACTERS = 8 * 1024;
const MAX_FIELDS_CHARACTERS = 16 * 1024;
/** Records that a slot may send in a second; what comes above is counted and dropped. */
const MAX_PER_SECOND = 1000;

/**
 * Sends log records to the executor at once, so that those before a kill arrive, and drops what would flood it. How
 * many were dropped is told when there is room again, and at the end of a task.
 */
export class LogLine {
  private second = 0;
  private sent = 0;
  private dropped = 0;

  constructor(private readonly port: SlotPort) {}

  write(run: number, record: LogRecord): void {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.second) {
      this.second = second;
      this.sent = 0;
    }
    if (this.sent >= MAX_PER_SECOND) {
      this.dropped++;
      return;
    }
    this.sent++;
    this.tellDropped();
    this.port.post({ kind: "log", run, record: bounded(record) });
  }

  tellDropped(): void {
    if (this.dropped === 0) return;
    this.port.post({ kind: "dropped", count: this.dropped });
    this.dropped = 0;
  }
}

function bounded(record: LogRecord): LogRecord {
  const message = String(record.message);
  const fields = record.fields === undefined ? undefined : plainFields(record.fields);
  return {
    level: record.level,
    message: message.length > MAX_MESSAGE_CHARACTERS ? `${message.slice(0, MAX_MESSAGE_CHARACTERS)}…` : message,
    ...(fields ? { fields } : {}),
  };
}

/** Fields cross as JSON does; what is none is said to be none rather than lost without a word. */
function plainFields(fields: Record<string, unknown>): Record<string, unknown> {
  try {
    const text = JSON.stringify(fields, (_key, value) => (typeof value === "bigint" ? `${value}n` : value));
    if (text.length > MAX_FIELDS_CHARACTERS) return { fields: `[${text.length} characters, not kept]` };
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    return { fields: `[not JSON: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}]` };
  }
}
