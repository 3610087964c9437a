type LogLine = (message: string, fields?: Record<string, unknown>) => void;

/** Where a worker tells what it does; `console` fits. */
export interface WorkerLog {
  debug: LogLine;
  info: LogLine;
  warn: LogLine;
  error: LogLine;
}
