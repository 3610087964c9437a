import { addressOf, errorOf } from "@/components/data/api";
import type { LinkState, LiveInterest, LiveNews } from "@/components/data/live-messages";
import { newsOf } from "@/components/data/live-messages";
import { createSseParser } from "@/lib/sse";

const LIVE_PATH = "/api/v1/live";
/** The server says something at least every 5 s; after four missed ones the connection counts as dead. */
const SILENCE_MS = 20_000;
const WATCH_EVERY_MS = 2_500;
const BACKOFF_MS = [300, 700, 1_500, 3_000, 6_000, 12_000];

export interface LiveLink {
  /** Asks for other jobs from now on. The stream is opened again where it was, unless the wishes are the same. */
  want(interest: LiveInterest): void;
  /** Tries at once instead of at the end of the pause (the network or the page came back). */
  hurry(): void;
  close(): void;
}

/**
 * The one stream of this browser: opened by `fetch`, so that pings are seen, a 401 can be told from a lost network, and
 * `Last-Event-ID` can be sent when the wishes change. Comes back by itself with growing pauses. `onNews` hears everything.
 */
export function createLiveLink(onNews: (news: LiveNews) => void): LiveLink {
  let interest: LiveInterest = { all: false, jobs: [] };
  let lastId: string | null = null;
  let heardAtMs = Date.now();
  let triedAtMs = 0;
  let state: LinkState = "connecting";
  let attempt = 0;
  let stream: AbortController | null = null;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let known = new Set<string>();
  const refused = new Set<string>();
  const watch = setInterval(() => {
    if (stream && Date.now() - Math.max(heardAtMs, triedAtMs) > SILENCE_MS) restart();
  }, WATCH_EVERY_MS);

  function tell(next: LinkState, problem: string | null = null) {
    state = next;
    onNews({ kind: "state", state, heardAtMs, problem });
  }

  function heard() {
    heardAtMs = Date.now();
    attempt = 0;
    tell("live");
  }

  function restart() {
    stream?.abort();
    stream = null;
    clearTimeout(pause);
    if (!interest.all && interest.jobs.length === 0) return tell("connecting");
    const controller = new AbortController();
    stream = controller;
    // The watch counts from here; what is shown keeps its age until the server is heard again.
    triedAtMs = Date.now();
    read(controller).catch((error: unknown) => {
      if (stream !== controller) return;
      stream = null;
      if (state === "signed_out") return;
      tell("reconnecting", error instanceof Error ? error.message : String(error));
      pause = setTimeout(restart, pauseMs(attempt));
      attempt += 1;
    });
  }

  async function read(controller: AbortController): Promise<never> {
    const wanted = watchable(interest, refused);
    const response = await fetch(addressOf(LIVE_PATH, { jobs: jobsParameter(wanted) }), {
      headers: { accept: "text/event-stream", ...(lastId ? { "last-event-id": lastId } : {}) },
      credentials: "same-origin",
      cache: "no-store",
      signal: controller.signal,
    });
    if (response.status === 401 || response.status === 403) {
      tell("signed_out");
      throw await errorOf(response);
    }
    if (response.status === 404) refuse(wanted.jobs);
    if (!response.ok || !response.body) throw await errorOf(response);
    heard();
    catchUp(wanted);
    await drain(response.body, controller);
    throw new Error("the server ended the stream");
  }

  /** What happened between a page's first read and the opening of the stream is in neither: read those jobs again. */
  function catchUp(wanted: LiveInterest) {
    if (lastId === null) {
      onNews({ kind: "resync", jobIds: null });
    } else {
      const fresh = wanted.jobs.filter((id) => !known.has(id));
      if (fresh.length > 0) onNews({ kind: "resync", jobIds: fresh });
    }
    known = new Set(wanted.jobs);
  }

  /** Passes news on; a change of a job whose own events don't fit into the stream says that it has to be read again. */
  function pass(news: LiveNews) {
    onNews(news);
    if (news.kind !== "jobs") return;
    const unseen = news.changes
      .map((change) => change.job_id)
      .filter((id) => interest.jobs.includes(id) && !known.has(id));
    if (unseen.length > 0) onNews({ kind: "resync", jobIds: unseen });
  }

  /** One job that doesn't exist (any more) must not cost the others their stream: it is left out from now on. */
  function refuse(jobs: readonly string[]) {
    const fresh = jobs.filter((id) => !known.has(id));
    for (const id of fresh.length > 0 ? fresh : jobs) refused.add(id);
  }

  async function drain(body: ReadableStream<Uint8Array>, controller: AbortController) {
    const parser = createSseParser(lastId);
    const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || stream !== controller) return;
      const messages = parser.push(value);
      lastId = parser.lastId;
      for (const message of messages) {
        const news = newsOf(message.event, message.data);
        if (news) pass(news);
      }
      heard();
    }
  }

  return {
    want(next) {
      if (sameInterest(interest, next) && stream) return;
      interest = next;
      restart();
    },
    hurry() {
      if (!stream && state !== "signed_out") restart();
    },
    close() {
      clearInterval(watch);
      clearTimeout(pause);
      stream?.abort();
      stream = null;
    },
  };
}

/** How many jobs' events one stream carries; the server refuses more. */
const MOST_JOBS = 20;

/** What one stream can carry: of more jobs than that the rest is followed by the changes of all. */
function watchable({ all, jobs }: LiveInterest, refused: ReadonlySet<string>): LiveInterest {
  const existing = jobs.filter((id) => !refused.has(id));
  if (existing.length <= MOST_JOBS) return { all: all || existing.length === 0, jobs: existing };
  return { all: true, jobs: existing.slice(0, MOST_JOBS) };
}

/** `*` for the changes of all jobs, with ids for the events of those. */
function jobsParameter({ all, jobs }: LiveInterest): string {
  return [...(all ? ["*"] : []), ...jobs].join(",");
}

function sameInterest(a: LiveInterest, b: LiveInterest): boolean {
  return a.all === b.all && a.jobs.length === b.jobs.length && a.jobs.every((id, index) => id === b.jobs[index]);
}

/** With jitter, so that a restarted server isn't met by everybody at the same moment. */
function pauseMs(attempt: number): number {
  const base = BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)] ?? 0;
  return base * (0.7 + Math.random() * 0.6);
}
