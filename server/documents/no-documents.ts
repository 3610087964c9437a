import type { DocumentStore } from "./document-store";

/** A store that is not there: each method rejects with what `why` gives. */
export function noDocuments(why: () => Error): DocumentStore {
  const refuse = () => Promise.reject(why());
  return { begin: refuse, putChunks: refuse, cut: refuse, embedNext: refuse, ready: refuse, fail: refuse };
}
