/** One message of an event stream. `id` is the last id seen so far, null when there was none. */
export interface SseMessage {
  event: string;
  data: string;
  id: string | null;
}

export interface SseParser {
  /** Takes the next piece of the stream, cut anywhere, and returns the messages that it completes. */
  push(chunk: string): SseMessage[];
  readonly lastId: string | null;
}

/**
 * A parser of `text/event-stream` (HTML Living Standard §9.2.6). The browser's `EventSource` would do, but it hides
 * comments, and the server's pings are comments: without them a dead connection looks like a quiet one.
 */
export function createSseParser(lastId: string | null = null): SseParser {
  let rest = "";
  let event = "";
  let data: string[] = [];
  let id = lastId;
  let skipLineFeed = false;

  function line(text: string, out: SseMessage[]) {
    if (text === "") {
      if (data.length > 0) out.push({ event: event || "message", data: data.join("\n"), id });
      event = "";
      data = [];
      return;
    }
    const colon = text.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? text : text.slice(0, colon);
    const raw = colon < 0 ? "" : text.slice(colon + 1);
    const value = raw.startsWith(" ") ? raw.slice(1) : raw;
    if (name === "event") event = value;
    else if (name === "data") data.push(value);
    else if (name === "id" && !value.includes("\0")) id = value;
  }

  return {
    get lastId() {
      return id;
    },
    push(chunk) {
      const out: SseMessage[] = [];
      let text = rest + (skipLineFeed && chunk.startsWith("\n") ? chunk.slice(1) : chunk);
      if (chunk !== "") skipLineFeed = false;
      for (let end = text.search(/[\r\n]/); end >= 0; end = text.search(/[\r\n]/)) {
        line(text.slice(0, end), out);
        const pair = text[end] === "\r" && text[end + 1] === "\n";
        skipLineFeed = text[end] === "\r" && end + 1 === text.length;
        text = text.slice(end + (pair ? 2 : 1));
      }
      rest = text;
      return out;
    },
  };
}
