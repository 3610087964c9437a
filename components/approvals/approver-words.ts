import { ROLES } from "@/lib/roles";

const WORD = /^(?:role:[A-Za-z0-9_-]+|group:[A-Za-z0-9_-]{1,128}|user:\S+@\S+)$/;
const MOST = 20;

/** What somebody typed as approvers, read. */
export interface ReadApprovers {
  to: string[];
  /** Words that are none. */
  wrong: string[];
}

/** Reads `ana@example.com, role:admin`: a bare address is a user, a bare role's name that role. At most 20 of them. */
export function readApprovers(typed: string): ReadApprovers {
  const words = [...new Set(typed.split(/[\s,;]+/).filter((word) => word !== ""))].map(complete);
  return {
    to: words.filter((word) => WORD.test(word)).slice(0, MOST),
    wrong: words.filter((word) => !WORD.test(word)),
  };
}

function complete(word: string): string {
  if (ROLES.some((role) => role === word)) return `role:${word}`;
  return /^[^\s:@]+@\S+$/.test(word) ? `user:${word}` : word;
}
