import fc from "fast-check";
import { deep } from "./torture";

/** Stands where the poison goes; no schema makes it. */
const HOLE = "the hole of the fuzz run";

/** JSON texts of single values, as they are on the wire: some of them are lost when they are read and written again. */
const VALUES: readonly string[] = [
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u2028\\u202e\\ufeff"',
  '""',
  '" "',
  `"${"x".repeat(70_000)}"`,
  `"${"\u{1d4b3}".repeat(3_000)}"`,
  '"__proto__"',
  '"constructor"',
  '"${initial_data}"',
  '"0000-00-00T00:00:00Z"',
  '"+275760-09-13T00:00:00.000Z"',
  "9007199254740993",
  "-9007199254740993",
  "9223372036854775808",
  "18446744073709551616",
  "2147483648",
  "-2147483649",
  "1e308",
  "-1e308",
  "1e400",
  "5e-324",
  "-0",
  "0.1e-400",
  "null",
  "true",
  "[]",
  "{}",
  "[null]",
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"toString":null,"valueOf":1,"hasOwnProperty":true,"toJSON":"x","then":1}',
  '{"\\u0000":1}',
  '{"\\ud800":1}',
  '{"":{"":{"":""}}}',
  `{"${"k".repeat(5_000)}":1}`,
  deep("[", "]", 60),
  deep("[", "]", 10_000),
  deep('{"a":', "}", 10_000),
  `[${"0,".repeat(30_000)}0]`,
  `{${Array.from({ length: 3_000 }, (_, no) => `"k${no}":${no}`).join(",")}}`,
];

/** The same object, with one value or one name in it, however deep, that is poison. `body`: JSON of an object. */
export function poisoned(body: string): fc.Arbitrary<string> {
  return fc.tuple(fc.nat(500), fc.constantFrom(...VALUES), fc.boolean()).map(([at, value, named]) => {
    const whole = JSON.parse(body) as object;
    const holders = holdersIn(whole);
    const [holder, key] = holders[at % Math.max(1, holders.length)] ?? [whole as Record<string, unknown>, "a"];
    if (named && value.startsWith('"') && !Array.isArray(holder)) {
      holder[HOLE] = holder[key] ?? null;
      delete holder[key];
    } else holder[key] = HOLE;
    return JSON.stringify(whole).replace(JSON.stringify(HOLE), () => value);
  });
}

type Holder = Record<string, unknown>;

/** Every member and every entry, with what it is in. */
function holdersIn(value: unknown): [Holder, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [value as Holder, key] as [Holder, string],
    ...holdersIn(inner),
  ]);
}
