/** What a sentence is filled with; instants as ISO 8601. */
export type SentenceValues = Record<string, string | number | null>;

/** The sentences by their keys; a page that speaks another language has one for each key, with the same values. */
const SENTENCES = {
  worker_none: "Waits for a worker that does '{type}': none is running.",
  worker_draining: "Waits for a worker that does '{type}': all {live} that do are about to stop.",
  worker_busy: "Waits for a worker: all {live} that do '{type}' are busy, and {ahead} tasks are ahead of it.",
  worker_free: "Waits to be handed out: {live} workers do '{type}', and {ahead} tasks are ahead of it.",
  worker_next: "Is handed out next, or was a moment ago: {live} workers do '{type}'.",
  placement_none: "Waits for a worker that satisfies what '{type}' asks: of {workers} workers none does: {reasons}.",
  placement_busy:
    "Waits for a worker: {suitable} of {workers} workers satisfy what '{type}' asks, and none of them is free.",
  placed: "Waits at {worker}, which was chosen for '{type}' and takes it next.",
  queue_paused: "Waits because the queue of '{type}' is paused.",
  task_running: "'{type}' runs at {worker}, attempt {attempt}.",
  task_progress: "'{type}' runs at {worker}, attempt {attempt}: {percent} % done.",
  task_worker_gone: "'{type}' was running at {worker}, which is not heard of any more; another worker will get it.",
  retry: "Attempt {attempt} of '{type}' begins at {at}, after: {error}",
  place: "Waits for a free place: at most {concurrency} branches run at a time.",
  handler_running: "The handler of '{state}' runs at the engine {engine}, until {at} at most.",
  handler_engine_gone:
    "The handler of '{state}' was running at the engine {engine}, which is gone; it will run elsewhere.",
  handler_retry: "The handler of '{state}' runs again at {at}, after: {error}",
  approval: "Waits for a decision by {approvers}: {votes} of {quorum} have decided.",
  timer: "Waits until {at}.",
  signal: "Waits for the signal '{name}'.",
  signal_until: "Waits for the signal '{name}', until {at} at most.",
  child: "Waits for its child {child} ('{blueprint}'), which is {status} in '{child_state}'.",
  child_quarantined: "Waits for its child {child} ('{blueprint}'), which stands in quarantine in '{child_state}'.",
  child_absent: "Waits for a child that is not to be found.",
  paused: "Was paused by {by}.",
  paused_because: "Was paused by {by}: {reason}",
  quarantined: "Stands in quarantine: {error}",
  version: "Waits for an engine that has version {version} of '{blueprint}': none that runs has it.",
  engine_none: "Waits for an engine: none is running.",
  engine: "One of {engines} engines goes on with it in a moment.",
  ended: "It has ended: {status}.",
  branches: "{done} of {total} branches have ended, {running} run at workers. The first that is open: {first}",
} as const;

export type SentenceKey = keyof typeof SENTENCES;

export const SENTENCE_KEYS = Object.keys(SENTENCES) as SentenceKey[];

export interface Said {
  key: SentenceKey;
  values: SentenceValues;
  sentence: string;
}

/** The sentence of a key, filled in. */
export function say(key: SentenceKey, values: SentenceValues = {}): Said {
  const sentence = SENTENCES[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? "—"));
  return { key, values, sentence };
}
