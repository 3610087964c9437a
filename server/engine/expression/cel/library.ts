/**
 * The only file that names the expression library. What it does not offer is not used: no protobuf messages, no
 * regular expressions, no extensions.
 */
import type { parse } from "@bufbuild/cel";

export type { CelError, CelFunc, CelInput, CelList, CelMap, CelResult, CelValue } from "@bufbuild/cel";
export {
  CelScalar,
  celEnv,
  celFunc,
  celList,
  celMap,
  celMethod,
  celType,
  isCelError,
  isCelList,
  isCelMap,
  listType,
  objectType,
  parse,
  plan,
} from "@bufbuild/cel";

/** A parsed expression with its source positions, and one node of it. */
export type Parsed = ReturnType<typeof parse>;
export type Node = NonNullable<Parsed["expr"]>;
