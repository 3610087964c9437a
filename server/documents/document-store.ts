/** One passage of a document. */
export interface DocumentChunk {
  /** From 0. */
  no: number;
  page: number;
  text: string;
  /** ISO 639-1 or `und`; picks the stemmer of the full-text index. */
  language: string;
}

/** A document in a workspace, as the job sees it that processes it. */
export interface DocumentName {
  workspaceId: string;
  documentId: string;
  jobId: string;
}

/**
 * The documents as tasks write them. One JSON argument per method, and JSON as the answer: tasks run in threads of their
 * own. All but `begin` refuse, with DEPENDENCY_ERROR, the word of a job that another one took the document from.
 */
export interface DocumentStore {
  /**
   * The job takes the document and is at work on it. `isReady`: what it would do was done, by an earlier attempt of its own.
   * INVALID_INPUT_ERROR for a document that belongs to another client's workspace.
   */
  begin(document: DocumentName & { name: string }): Promise<{ isReady: boolean; chunks: number; model: string | null }>;
  /** Stores chunks; one that is there already is replaced. */
  putChunks(document: DocumentName & { chunks: DocumentChunk[] }): Promise<null>;
  /** Removes what an earlier processing left beyond `chunks`. */
  cut(document: DocumentName & { chunks: number }): Promise<null>;
  /** Makes embeddings of the next chunks that have none. `left`: how many more there are; 0 also where none are made. */
  embedNext(document: DocumentName): Promise<{ made: number; left: number; model: string | null }>;
  ready(document: DocumentName & { characters: number }): Promise<null>;
  fail(document: DocumentName & { reason: string }): Promise<null>;
}
