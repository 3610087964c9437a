import { isIP } from "node:net";
import { ibanLength, isCardNumber, isIban, isSpanishId } from "@/server/tasks/document/personal-data-checks";

export const personalDataKinds = ["email", "iban", "card", "national_id", "ip", "phone"] as const;
export type PersonalDataKind = (typeof personalDataKinds)[number];

export interface PersonalDataFinding {
  kind: PersonalDataKind;
  /** Enough to recognise it, not enough to use it. */
  masked: string;
  /** Of its first character in the text, in UTF-16 units. */
  offset: number;
}

interface Span {
  start: number;
  end: number;
}

const patterns: { kind: PersonalDataKind; find: (text: string) => Iterable<Span>; mask: (found: string) => string }[] =
  [
    { kind: "email", find: findEmails, mask: maskEmail },
    { kind: "iban", find: findIbans, mask: (found) => maskMiddle(compact(found), 4, 2) },
    { kind: "card", find: findCards, mask: (found) => maskMiddle(compact(found), 0, 4) },
    { kind: "national_id", find: findNationalIds, mask: (found) => maskMiddle(compact(found), 1, 1) },
    { kind: "ip", find: findAddresses, mask: maskAddress },
    { kind: "phone", find: findPhones, mask: (found) => maskMiddle(found.replace(/[^\d+]/g, ""), 3, 2) },
  ];

/**
 * Personal data in a text, in order of appearance: e-mail addresses, IBANs and cards whose check digits are right,
 * Spanish DNI and NIE whose letter is right, IP addresses, telephone numbers (international, or in the grouped Spanish and
 * North American forms). Where two overlap the more certain one, earlier in this list, stands. What is found leaves
 * this function masked only.
 */
export function findPersonalData(text: string): PersonalDataFinding[] {
  const taken: (Span & PersonalDataFinding)[] = [];
  for (const { kind, find, mask } of patterns) {
    for (const { start, end } of find(text)) {
      if (taken.some((other) => start < other.end && other.start < end)) continue;
      taken.push({ start, end, kind, masked: mask(text.slice(start, end)), offset: start });
    }
  }
  taken.sort((a, b) => a.start - b.start);
  return taken.map(({ kind, masked, offset }) => ({ kind, masked, offset }));
}

function* matches(text: string, pattern: RegExp, accept: (found: string) => boolean = () => true): Generator<Span> {
  for (const match of text.matchAll(pattern)) {
    if (accept(match[0])) yield { start: match.index, end: match.index + match[0].length };
  }
}

function findEmails(text: string): Iterable<Span> {
  return matches(
    text,
    /(?<![\w.%+-])[\p{L}\d](?:[\p{L}\d._%+-]{0,62}[\p{L}\d_+-])?@(?:[\p{L}\d](?:[\p{L}\d-]{0,61}[\p{L}\d])?\.){1,8}\p{L}{2,24}(?![\p{L}\d])/gu,
  );
}

function* findIbans(text: string): Iterable<Span> {
  for (const match of text.matchAll(/(?<![A-Za-z0-9])[A-Z]{2}\d{2}/g)) {
    const length = ibanLength(match[0].slice(0, 2));
    const end = length === undefined ? null : endAfter(text, match.index, length);
    if (end !== null && isIban(compact(text.slice(match.index, end)))) yield { start: match.index, end };
  }
}

/** The position after so many letters and digits with single blanks or hyphens between; null when the number is longer or shorter. */
function endAfter(text: string, start: number, length: number): number | null {
  let at = start;
  for (let seen = 0; seen < length; at += 1) {
    if (/[A-Z0-9]/.test(text.charAt(at))) seen += 1;
    else if (!/[\s-]/.test(text.charAt(at)) || !/[A-Z0-9]/.test(text.charAt(at + 1))) return null;
  }
  return /[A-Za-z0-9]/.test(text.charAt(at)) ? null : at;
}

function findCards(text: string): Iterable<Span> {
  return matches(text, /(?<![\d.,+-])\d(?:[ -]?\d){12,18}(?![\d-])/g, (found) => isCardNumber(compact(found)));
}

function findNationalIds(text: string): Iterable<Span> {
  return matches(text, /(?<![\w.])(?:[XYZ][ -]?\d{7}|\d{8}|\d{1,2}\.\d{3}\.\d{3})[ -]?[A-Z](?!\w)/g, (found) =>
    isSpanishId(compact(found)),
  );
}

function* findAddresses(text: string): Iterable<Span> {
  yield* matches(text, /(?<![\w.:])\d{1,3}(?:\.\d{1,3}){3}(?![\w:]|\.\d)/g, (found) => isIP(found) === 4);
  yield* matches(text, /(?<![\w.:])(?:[0-9a-f]{1,4}:|:)(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![\w:])/gi, (found) => {
    // "a::b" is a valid address, and far more often the source of a program.
    return isIP(found) === 6 && /\d/.test(found);
  });
}

function* findPhones(text: string): Iterable<Span> {
  const international = /(?<![\w+.])(?:\+|00)[1-9]\d{0,2}(?:[ .()/-]{0,2}\d){6,13}(?![\w-])/g;
  yield* matches(text, international, (found) => /^(?:00)?\d{8,15}$/.test(found.replace(/\D/g, "")));
  yield* matches(text, /(?<![\w+.-])[6-9]\d{2}(?:([ .-])\d{3}\1\d{3}|([ .-])\d{2}\2\d{2}\2\d{2})(?![\w-]|[.,]\d)/g);
  yield* matches(text, /(?<![\w+.-])\([2-9]\d{2}\) ?[2-9]\d{2}[ .-]\d{4}(?![\w-])/g);
}

function compact(text: string): string {
  return text.replace(/[\s.-]/g, "");
}

function maskMiddle(text: string, first: number, last: number): string {
  return text.slice(0, first) + "*".repeat(Math.max(1, text.length - first - last)) + text.slice(text.length - last);
}

function maskEmail(address: string): string {
  const [local = "", domain = ""] = address.split("@");
  const top = domain.slice(domain.lastIndexOf("."));
  return `${[...local][0] ?? ""}***@${[...domain][0] ?? ""}***${top}`;
}

function maskAddress(address: string): string {
  if (!address.includes(":")) return `${address.split(".")[0]}.*.*.*`;
  return `${address.split(":")[0]}:*`;
}
