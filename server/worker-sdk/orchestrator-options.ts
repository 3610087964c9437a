export interface TlsOptions {
  /** PEM texts: whom to believe, and the certificate whose common name is the worker's id, with its key. */
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
}

export interface OrchestratorOptions {
  /** Origin of its API, as in `https://batuta.example.com`. */
  url: string;
  /** The worker's token; not needed where a client certificate names the worker. */
  token?: string;
  /** Lower numbers are asked first in `waterfall` (default 10). */
  priority?: number;
  /** Share of the polls in `round_robin` (default 1). */
  weight?: number;
  tls?: TlsOptions;
  /** A client's token, for reading and writing job files where workers may not. */
  clientToken?: string;
  /** Path before the operations of the client API (default `/api/v1`). */
  clientApi?: string;
}
