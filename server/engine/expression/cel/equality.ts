import { charge } from "./budget";
import { type CelList, type CelMap, type CelValue, celEnv, isCelList, isCelMap, parse, plan } from "./library";

const libraryEquals = plan(celEnv(), parse("left == right"));

/** CEL's equality: numbers across types, lists and maps by content, other types never equal; each comparison is charged. */
export function equalValues(left: CelValue, right: CelValue): boolean {
  charge(1);
  if (typeof left === "object" && left !== null && typeof right === "object" && right !== null) {
    if (isCelList(left)) return isCelList(right) && equalLists(left, right);
    if (isCelMap(left)) return isCelMap(right) && equalMaps(left, right);
    return libraryEquals({ left, right }) === true;
  }
  // Exact across types: 5n equals 5, and a large int is not rounded to compare.
  if (isNumber(left) && isNumber(right)) return left <= right && left >= right;
  return left === right;
}

function equalLists(left: CelList, right: CelList): boolean {
  if (left.size !== right.size) return false;
  const others = right[Symbol.iterator]();
  for (const element of left) {
    const other = others.next();
    if (other.done || !equalValues(element, other.value)) return false;
  }
  return true;
}

function equalMaps(left: CelMap, right: CelMap): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left) {
    const other = right.get(key);
    if (other === undefined || !equalValues(value, other)) return false;
  }
  return true;
}

function isNumber(value: CelValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
