import type { LiveBus, NoticeBus, NoticeTopic } from "@/server/queue/contract";

/** Notices as lines of one channel. */
export function createNoticeBus(lines: LiveBus): NoticeBus {
  const listeners = new Map<NoticeTopic, ((text: string) => void)[]>();
  let subscribed = false;

  function receive(line: string): void {
    const [topic, text] = JSON.parse(line) as [NoticeTopic, string];
    for (const listener of listeners.get(topic) ?? []) listener(text);
  }

  return {
    tell: (topic, text) => lines.publish(JSON.stringify([topic, text])),
    on(topic, listener) {
      listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
      if (!subscribed) lines.subscribe(receive);
      subscribed = true;
    },
    close: () => lines.close(),
  };
}
