import { createLiveLink, type LiveLink } from "@/components/data/live-link";
import type { LiveInterest, LiveNews } from "@/components/data/live-messages";

const CHANNEL = "batuta-live";
const LOCK = "batuta-live-leader";
const REPEAT_MS = 10_000;
/** Hidden tabs may run their timers once a minute only. */
const FORGET_MS = 150_000;

type TabMessage =
  | { type: "want"; tab: string; interest: LiveInterest }
  | { type: "bye"; tab: string }
  | { type: "roll-call" }
  | { type: "news"; news: LiveNews };

/** The live news of this tab, wherever the stream runs. */
export interface LiveTabs {
  want(interest: LiveInterest): void;
  hurry(): void;
  close(): void;
}

/**
 * One stream per browser: the tab that holds the lock opens it for the union of all tabs' wishes and passes the news on;
 * when it goes, the next in line takes over. Where locks or channels are missing, each tab has a stream of its own.
 */
export function createLiveTabs(onNews: (news: LiveNews) => void): LiveTabs {
  if (typeof BroadcastChannel === "undefined" || !navigator.locks) return createLiveLink(onNews);

  const tab = crypto.randomUUID?.() ?? String(Math.random());
  const channel = new BroadcastChannel(CHANNEL);
  const wishes = new Map<string, { interest: LiveInterest; atMs: number }>();
  const leaving = new AbortController();
  let own: LiveInterest = { all: false, jobs: [] };
  let link: LiveLink | null = null;

  const post = (message: TabMessage) => channel.postMessage(message);
  const sayWishes = () => (link ? wish(tab, own) : post({ type: "want", tab, interest: own }));

  function wish(from: string, interest: LiveInterest) {
    if (interest.all || interest.jobs.length > 0) wishes.set(from, { interest, atMs: Date.now() });
    else wishes.delete(from);
    link?.want(union([...wishes.values()].map((each) => each.interest)));
  }

  function lead() {
    link = createLiveLink((news) => {
      onNews(news);
      post({ type: "news", news });
    });
    wish(tab, own);
    post({ type: "roll-call" });
  }

  channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
    if (data.type === "news") {
      if (!link) onNews(data.news);
    } else if (data.type === "roll-call") {
      sayWishes();
    } else if (link && data.type === "want") {
      wish(data.tab, data.interest);
    } else if (link && data.type === "bye") {
      wish(data.tab, { all: false, jobs: [] });
    }
  };

  const repeat = setInterval(() => {
    const oldest = Date.now() - FORGET_MS;
    for (const [from, { atMs }] of wishes) if (from !== tab && atMs < oldest) wishes.delete(from);
    sayWishes();
  }, REPEAT_MS);

  navigator.locks
    .request(LOCK, { signal: leaving.signal }, () => {
      lead();
      return new Promise<void>((release) => leaving.signal.addEventListener("abort", () => release(), { once: true }));
    })
    .catch(() => {
      // Either the tab left while it stood in line, or locks are forbidden here: then it has a stream of its own.
      if (!leaving.signal.aborted) lead();
    });

  return {
    want(interest) {
      own = interest;
      sayWishes();
    },
    hurry: () => link?.hurry(),
    close() {
      post({ type: "bye", tab });
      clearInterval(repeat);
      link?.close();
      leaving.abort();
      channel.close();
    },
  };
}

/** What all tabs want together, in a stable order so that equal wishes look equal. */
export function union(interests: readonly LiveInterest[]): LiveInterest {
  const jobs = new Set(interests.flatMap((interest) => interest.jobs));
  return { all: interests.some((interest) => interest.all), jobs: [...jobs].sort() };
}
