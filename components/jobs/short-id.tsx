/** A job's id, its middle left out: the beginning grows with time, the end tells neighbours apart. */
export function shortId(id: string): string {
  return id.length > 14 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id;
}

/** The short form to look at; the whole one in the tooltip and for whoever listens. */
export function ShortId({ id }: { id: string }) {
  return (
    <span className="mono" title={id}>
      <span aria-hidden="true">{shortId(id)}</span>
      <span className="vh">{id}</span>
    </span>
  );
}
