/** One thing that is wrong with a file of a blueprints or tasks folder. */
export interface OwnCodeFault {
  /** Absolute path, with line and column where they are known. */
  file: string;
  message: string;
  /** What mends it. */
  fix: string;
}

/** The folders of somebody's own blueprints and tasks have faults; the message lists all of them. */
export class OwnCodeError extends Error {
  override readonly name = "OwnCodeError";
  readonly faults: readonly OwnCodeFault[];

  /** `variable`: what names the folder, as in `BLUEPRINTS_DIR`. */
  constructor(variable: string, faults: readonly OwnCodeFault[]) {
    const count = faults.length === 1 ? "a fault" : `${faults.length} faults`;
    super(`The folder that ${variable} names has ${count}:\n${faults.map(faultLine).join("\n")}`);
    this.faults = faults;
  }
}

function faultLine({ file, message, fix }: OwnCodeFault): string {
  return `  ${file}: ${message}\n    ${fix}`;
}
