import { posix } from "node:path";
import { parseAst } from "rolldown/parseAst";

export interface Import {
  /** As written. */
  specifier: string;
  /** Path in the repository without extension (`lib/json`), or `undefined` for a package. */
  path: string | undefined;
  typeOnly: boolean;
}

/** What the rules need to know of one source file. */
export interface ParsedSource {
  /** From the root of the repository, with `/`. */
  path: string;
  lines: number;
  imports: Import[];
  /** Lines of a function do not count those of the named functions inside it, which stand for themselves. */
  functions: { name: string; line: number; lines: number }[];
  /** It says `process.env`, in whatever way. */
  readsEnvironment: boolean;
  /** Lines of statements that do something when the file is merely imported. */
  workOnImport: number[];
  /** It does nothing but pass on what other files export, or passes on everything of one. */
  isBarrel: boolean;
}

interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

/** Parses one TypeScript file. Throws when it is not TypeScript. */
export function parseSource(path: string, text: string): ParsedSource {
  const program = parseAst(text, { lang: path.endsWith(".tsx") ? "tsx" : "ts" }) as unknown as Node;
  const lineAt = lineFinder(text);
  const source: ParsedSource = {
    path,
    lines: text.trimEnd().split("\n").length,
    imports: [],
    functions: [],
    readsEnvironment: false,
    workOnImport: [],
    isBarrel: isBarrel(program.body as Node[]),
  };
  for (const statement of program.body as Node[]) {
    if (worksOnImport(statement)) source.workOnImport.push(lineAt(statement.start));
  }
  walk(program, undefined, (node) => {
    const found = importOf(node, path);
    if (found !== undefined) source.imports.push(found);
    if (readsEnvironment(node)) source.readsEnvironment = true;
  });
  source.functions = measureFunctions(program, lineAt);
  return source;
}

function isBarrel(statements: Node[]): boolean {
  const passesOn = (statement: Node) => statement.type.startsWith("Export") && Boolean(statement.source);
  const rest = statements.filter((statement) => !passesOn(statement) && statement.type !== "ImportDeclaration");
  const everything = statements.some(({ type }) => type === "ExportAllDeclaration");
  return everything || (rest.length === 0 && statements.some(passesOn));
}

function measureFunctions(program: Node, lineAt: (offset: number) => number): ParsedSource["functions"] {
  const measured: { name: string; line: number; lines: number; start: number; end: number; inner: number }[] = [];
  walk(program, undefined, (node, parent) => {
    if (!isFunction(node)) return;
    const name = nameOf(node, parent);
    const line = lineAt(node.start);
    const lines = lineAt(node.end - 1) - line + 1;
    // The walk goes from the outside in, so the last one that encloses this is the nearest.
    const outer = measured.findLast(({ start, end }) => start < node.start && node.end <= end);
    measured.push({ name: name ?? "(unnamed)", line, lines, start: node.start, end: node.end, inner: 0 });
    if (name !== undefined && outer !== undefined) outer.inner += lines;
  });
  return measured.map(({ name, line, lines, inner }) => ({ name, line, lines: lines - inner }));
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

function walk(node: Node, parent: Node | undefined, visit: (node: Node, parent: Node | undefined) => void): void {
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child !== null && typeof child === "object" && typeof (child as Node).type === "string") {
        walk(child as Node, node, visit);
      }
    }
  }
}

function importOf(node: Node, from: string): Import | undefined {
  const specifier = (node.source as Node | null | undefined)?.value;
  if (!importing.test(node.type) || typeof specifier !== "string") return undefined;
  const kind = node.type === "ImportDeclaration" ? "importKind" : "exportKind";
  const typeOnly = node.type === "TSImportType" || node[kind] === "type" || onlyTypes(node.specifiers, kind);
  return { specifier, path: repositoryPath(specifier, from), typeOnly };
}

const importing = /^(ImportDeclaration|ExportNamedDeclaration|ExportAllDeclaration|ImportExpression|TSImportType)$/;

function onlyTypes(specifiers: unknown, kind: string): boolean {
  return Array.isArray(specifiers) && specifiers.length > 0 && specifiers.every((each) => each[kind] === "type");
}

function repositoryPath(specifier: string, from: string): string | undefined {
  const withoutExtension = specifier.replace(/\.(ts|tsx)$/, "");
  if (specifier.startsWith("@/")) return withoutExtension.slice(2);
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), withoutExtension);
  return undefined;
}

/** `process.env`, `process["env"]`, `const { env } = process`, `import { env } from "node:process"`. */
function readsEnvironment(node: Node): boolean {
  const isProcess = (value: unknown) =>
    (value as Node | null)?.type === "Identifier" && (value as Node).name === "process";
  if (node.type === "MemberExpression") {
    const property = node.property as Node;
    return isProcess(node.object) && (property.name === "env" || property.value === "env");
  }
  if (node.type === "VariableDeclarator" && isProcess(node.init)) return true;
  return node.type === "ImportSpecifier" && (node.imported as Node).name === "env";
}

function isFunction(node: Node): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type) && node.body !== null;
}

function nameOf(node: Node, parent: Node | undefined): string | undefined {
  const named = (node.id ?? parent?.id ?? parent?.key) as Node | null | undefined;
  return typeof named?.name === "string" ? named.name : undefined;
}

const declarations =
  /^(Import|Export(All|Named)|Function|Class|TS\w+|Variable)Declaration$|^ExportDefaultDeclaration$|^TSEnumDeclaration$/;

/** Declaring is fine, and so is saying `"use client"`; calling, awaiting, branching and assigning are work. */
function worksOnImport(statement: Node): boolean {
  if (statement.type === "ExpressionStatement" && typeof statement.directive === "string") return false;
  if (statement.type === "ImportDeclaration")
    return (statement.specifiers as Node[]).length === 0 && !isStyle(statement);
  return !declarations.test(statement.type);
}

function isStyle(statement: Node): boolean {
  return String((statement.source as Node).value).endsWith(".css");
}
