import { charge } from "./budget";
import { equalValues } from "./equality";
import {
  type CelFunc,
  type CelInput,
  type CelList,
  CelScalar,
  type CelValue,
  celEnv,
  celFunc,
  celList,
  celMethod,
  isCelList,
  isCelMap,
  listType,
  objectType,
  parse,
  plan,
} from "./library";

const { BOOL, DOUBLE, DYN, INT, STRING } = CelScalar;
const LIST = listType(DYN);
const TIMESTAMP = objectType("google.protobuf.Timestamp");
const DURATION = objectType("google.protobuf.Duration");

const durationOf = plan(celEnv(), parse("duration(text)"));

/** What `map` and `filter` walk at most. */
export const MAX_ELEMENTS = 1000;

/** Names that no expression can spell; `rewrite.ts` puts them into comprehensions. */
export const COLLECTOR = "@collector";
export const APPEND = "@append";
export const BOUNDED = "@bounded";

type Arithmetic = (left: number, right: number) => number;

const ARITHMETIC: [operator: string, apply: Arithmetic][] = [
  ["_+_", (left, right) => left + right],
  ["_-_", (left, right) => left - right],
  ["_*_", (left, right) => left * right],
  ["_/_", (left, right) => left / right],
];

/** `int` with `double` is done in `double`; the library itself refuses to mix them. */
const MIXED: CelFunc[] = [
  ...ARITHMETIC.flatMap(([operator, apply]) => [
    celFunc(operator, [INT, DOUBLE], DOUBLE, (left, right) => apply(Number(left), right)),
    celFunc(operator, [DOUBLE, INT], DOUBLE, (left, right) => apply(left, Number(right))),
  ]),
  celFunc("_%_", [DOUBLE, DOUBLE], DOUBLE, (left, right) => left % right),
  celFunc("_%_", [INT, DOUBLE], DOUBLE, (left, right) => Number(left) % right),
  celFunc("_%_", [DOUBLE, INT], DOUBLE, (left, right) => left % Number(right)),
];

/** Replacements of library functions whose work the budget could not see, or that take nonsense for a number. */
const GUARDED: CelFunc[] = [
  celFunc("_==_", [DYN, DYN], BOOL, (left, right) => equalValues(left, right)),
  celFunc("_!=_", [DYN, DYN], BOOL, (left, right) => !equalValues(left, right)),
  celFunc("@in", [DYN, LIST], BOOL, (value, list) => contains(list, value)),
  celFunc("size", [STRING], INT, (text) => codePoints(text)),
  celMethod("size", STRING, [], INT, function () {
    return codePoints(this);
  }),
  // The library gives the difference of two instants as an instant.
  celFunc("_-_", [TIMESTAMP, TIMESTAMP], DURATION, (left, right) => {
    return durationOf({ text: `${nanoseconds(left) - nanoseconds(right)}ns` }) as CelInput;
  }),
  celFunc("int", [STRING], INT, (text) => {
    if (!/^\s*-?\d{1,19}\s*$/.test(text)) throw new Error(`'${text.slice(0, 40)}' is not a whole number`);
    return BigInt(text);
  }),
  celFunc("double", [STRING], DOUBLE, (text) => {
    const number = text.length > 64 || text.trim() === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(number)) throw new Error(`'${text.slice(0, 40)}' is not a number`);
    return number;
  }),
];

const collected = new WeakMap<CelList, CelInput[]>();

/** A linear `map`: the library's own appends by concatenation, which is quadratic to read. */
const COMPREHENSION: CelFunc[] = [
  celFunc(COLLECTOR, [], LIST, () => {
    const elements: CelInput[] = [];
    const list = celList(elements);
    collected.set(list, elements);
    return list;
  }),
  celFunc(APPEND, [LIST, DYN], LIST, (list, element) => {
    charge(1);
    collected.get(list)?.push(element);
    return list;
  }),
  celFunc(BOUNDED, [DYN], DYN, (range) => {
    if ((isCelList(range) || isCelMap(range)) && range.size > MAX_ELEMENTS) {
      throw new RangeError(`map and filter take ${MAX_ELEMENTS} elements at most, here are ${range.size}`);
    }
    return range;
  }),
];

export const FUNCTIONS: CelFunc[] = [...MIXED, ...GUARDED, ...COMPREHENSION];

function nanoseconds(instant: unknown): bigint {
  const { message } = instant as { message: { seconds: bigint; nanos: number } };
  return message.seconds * 1_000_000_000n + BigInt(message.nanos);
}

function contains(list: CelList, value: CelValue): boolean {
  for (const element of list) {
    charge(1);
    if (equalValues(element, value)) return true;
  }
  return false;
}

function codePoints(text: string): bigint {
  charge(text.length >> 3);
  let count = 0;
  for (const _ of text) count++;
  return BigInt(count);
}
