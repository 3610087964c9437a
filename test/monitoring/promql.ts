/** The part of PromQL that rules and dashboards here use, as a tree. */
export type Expression =
  | { kind: "number" | "string" }
  | { kind: "selector"; metric: string; matchers: { label: string; value: string }[]; isRange: boolean }
  | { kind: "call"; name: string; args: Expression[] }
  | { kind: "aggregate"; name: string; by: string[] | null; without: string[] | null; args: Expression[] }
  | { kind: "binary"; operator: string; on: string[] | null; left: Expression; right: Expression };

/** Functions and what they take: `v`: an instant vector, `r`: a range, `s`: a scalar or a string. */
export const FUNCTIONS: Record<string, string> = {
  absent: "v",
  changes: "r",
  clamp_max: "vs",
  clamp_min: "vs",
  delta: "r",
  histogram_quantile: "sv",
  increase: "r",
  max_over_time: "r",
  min_over_time: "r",
  rate: "r",
  round: "v",
  time: "",
  vector: "s",
};
const AGGREGATIONS = ["sum", "min", "max", "avg", "count", "topk"];
/** Operators, the loosest first. */
const LEVELS = [["or"], ["and", "unless"], ["==", "!=", "<=", "<", ">=", ">"], ["+", "-"], ["*", "/", "%"]];

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*")|(\[\d+[smhd]\])|(\d+(?:\.\d+)?[smhd]?(?![\w.]))|([a-zA-Z_:][\w:]*)|(==|!=|=~|!~|<=|>=|[-+*/%<>=(){},]))/y;

/** Reads an expression; throws an error that says where it cannot go on. */
export function parsePromql(text: string): Expression {
  const tokens = tokensOf(text);
  const reader = new Reader(tokens, text);
  const expression = reader.binary(0);
  reader.end();
  return expression;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const source = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(source);
    if (!found) throw new Error(`Cannot read "${source.slice(at, at + 30)}" in: ${text}`);
    tokens.push(found.slice(1).find((part) => part !== undefined) ?? "");
  }
  return tokens;
}

class Reader {
  private at = 0;

  constructor(
    private readonly tokens: string[],
    private readonly text: string,
  ) {}

  binary(level: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.unary();
    let left = this.binary(level + 1);
    while (operators.includes(this.next ?? "")) {
      const operator = this.take();
      const on = this.isNext("on") ? this.namesAfter() : null;
      left = { kind: "binary", operator, on, left, right: this.binary(level + 1) };
    }
    return left;
  }

  end(): void {
    if (this.next !== undefined) this.fail(`"${this.next}" is too much`);
  }

  private unary(): Expression {
    if (this.isNext("-")) this.take();
    if (this.isNext("(")) {
      this.take();
      const inner = this.binary(0);
      this.expect(")");
      return inner;
    }
    const token = this.take();
    if (token.startsWith('"')) return { kind: "string" };
    if (/^\d/.test(token)) return { kind: "number" };
    if (!/^[a-zA-Z_:]/.test(token)) this.fail(`"${token}" begins nothing`);
    if (AGGREGATIONS.includes(token)) return this.aggregate(token);
    return this.isNext("(") ? this.call(token) : this.selector(token);
  }

  private aggregate(name: string): Expression {
    const grouping = { by: null as string[] | null, without: null as string[] | null };
    const group = () => {
      if (this.isNext("by") || this.isNext("without")) grouping[this.take() as "by" | "without"] = this.names();
    };
    group();
    const args = this.args();
    group();
    return { kind: "aggregate", name, ...grouping, args };
  }

  private call(name: string): Expression {
    const wanted = FUNCTIONS[name];
    if (wanted === undefined) this.fail(`${name} is no function that is known here`);
    const args = this.args();
    if (args.length !== wanted?.length) this.fail(`${name} takes ${wanted?.length} arguments`);
    for (const [index, arg] of args.entries()) {
      const isRange = arg.kind === "selector" && arg.isRange;
      if (isRange !== (wanted?.[index] === "r")) this.fail(`${name} takes ${isRange ? "no range" : "a range"}`);
    }
    return { kind: "call", name, args };
  }

  private selector(metric: string): Expression {
    const matchers: { label: string; value: string }[] = [];
    if (this.isNext("{")) {
      this.take();
      while (!this.isNext("}")) {
        const label = this.take();
        if (!["=", "!=", "=~", "!~"].includes(this.take())) this.fail(`${label} is compared with nothing`);
        matchers.push({ label, value: JSON.parse(this.take()) as string });
        if (!this.isNext("}")) this.expect(",");
      }
      this.take();
    }
    const isRange = this.next?.startsWith("[") ?? false;
    if (isRange) this.take();
    if (this.isNext("offset")) {
      this.take();
      if (!/^\d+[smhd]$/.test(this.take())) this.fail("an offset is no time");
    }
    return { kind: "selector", metric, matchers, isRange };
  }

  private args(): Expression[] {
    const args: Expression[] = [];
    this.expect("(");
    while (!this.isNext(")")) {
      args.push(this.binary(0));
      if (!this.isNext(")")) this.expect(",");
    }
    this.take();
    return args;
  }

  private names(): string[] {
    const names: string[] = [];
    this.expect("(");
    while (!this.isNext(")")) {
      names.push(this.take());
      if (!this.isNext(")")) this.expect(",");
    }
    this.take();
    return names;
  }

  private namesAfter(): string[] {
    this.take();
    return this.names();
  }

  private isNext(token: string): boolean {
    return this.next === token;
  }

  private get next(): string | undefined {
    return this.tokens[this.at];
  }

  private take(): string {
    const token = this.tokens[this.at];
    if (token === undefined) this.fail("it ends too early");
    this.at += 1;
    return token as string;
  }

  private expect(token: string): void {
    if (this.take() !== token) this.fail(`"${token}" is missing`);
  }

  private fail(problem: string): never {
    throw new Error(`${problem}: ${this.text}`);
  }
}
