/** Message by field path. */
export type FieldErrors = Record<string, string>;

/** The id of a field's control, for the links of the notice and for moving the focus. */
export function controlId(idBase: string, path: string): string {
  return `${idBase}-${path}`;
}
