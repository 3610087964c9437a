import { UnstorableTextError } from "./errors";

/**
 * Sets of rows as parallel text parameters: one text per column, split by Postgres. Arrays that a driver assembles cost
 * several times as much, on both sides.
 *
 * Numbers and ids travel as `{1,NULL,3}`. Texts are joined by U+001E, null is U+001D, lists within a text are joined by
 * U+001F; those three and NUL are refused in texts. A single empty text arrives as null, so statements treat an empty
 * text and null alike.
 */
export type ColumnType = "int" | "bigint" | "smallint" | "real" | "float8" | "uuid" | "text" | "json";

export const TEXT_SEPARATOR = "\u001e";
export const TEXT_NULL = "\u001d";
export const LIST_SEPARATOR = "\u001f";

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters of the encoding
const RESERVED = /[\u0000\u001d\u001e\u001f]/;

/** Refuses a text that the encoding or Postgres cannot hold. */
export function checkText(value: string, field: string, jobId: string | null): string {
  const found = RESERVED.exec(value);
  if (!found) return value;
  const code = (found[0] as string).charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  throw new UnstorableTextError(jobId, field, `U+${code}`);
}

/** JSON text of a value; its control characters are always escaped, so it needs no check. `undefined` gives null. */
export function jsonText(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** A block's columns: its name in the statement, and the names and types of its columns in order. */
export interface BlockShape {
  name: string;
  columns: readonly (readonly [name: string, type: ColumnType])[];
}

/** `unnest(…) with ordinality as x(…, ord)` over parameters from `$first` on. */
export function unnestSql(shape: BlockShape, first: number, alias = "x"): string {
  const sources = shape.columns.map(([, type], index) => {
    const parameter = `$${first + index}::text`;
    if (type === "text" || type === "json") return `string_to_array(${parameter}, E'\\x1e', E'\\x1d')`;
    return `${parameter}::${type}[]`;
  });
  const names = shape.columns.map(([name]) => name);
  return `unnest(${sources.join(", ")}) with ordinality as ${alias}(${names.join(", ")}, ord)`;
}

type Cell = string | number | null;

/** Collects the rows of one block. */
export class BlockRows {
  private readonly cells: Cell[][];
  private filled: boolean[];
  length = 0;

  constructor(private readonly shape: BlockShape) {
    this.cells = shape.columns.map(() => []);
    this.filled = shape.columns.map(() => false);
  }

  /** Adds one row, its cells in the order of the columns. `jobId` is named when a text is refused. */
  add(jobId: string | null, ...row: Cell[]): void {
    for (let index = 0; index < row.length; index++) {
      const cell = row[index] as Cell;
      if (cell !== null) {
        this.filled[index] = true;
        const column = this.shape.columns[index];
        if (column?.[1] === "text") checkText(cell as string, `${this.shape.name}.${column[0]}`, jobId);
      }
      this.cells[index]?.push(cell);
    }
    this.length += 1;
  }

  /** One text per column; null for a column without any value, which `unnest` fills up with nulls. */
  parameters(): (string | null)[] {
    return this.cells.map((cells, index) => {
      if (!this.filled[index]) return null;
      const type = this.shape.columns[index]?.[1];
      if (type === "text" || type === "json") return cells.map((cell) => cell ?? TEXT_NULL).join(TEXT_SEPARATOR);
      return `{${cells.map((cell) => cell ?? "NULL").join(",")}}`;
    });
  }
}
