/** What one check of a probe found. */
export interface CheckResult {
  name: string;
  ok: boolean;
  latency_ms: number;
  /** What is wrong, in words; absent while it is well. */
  message?: string;
}

/** Asks something that takes time. Resolves with what is wrong, null when nothing is; what it throws is wrong as well. */
export interface AskedCheck {
  name: string;
  ask: () => Promise<string | null>;
}

/** The same for what the process knows by itself. */
export interface KnownCheck {
  name: string;
  look: () => string | null;
}

/** The result of a check that takes no time. */
export function resultOf({ name, look }: KnownCheck): CheckResult {
  const wrong = look();
  return wrong === null ? { name, ok: true, latency_ms: 0 } : { name, ok: false, latency_ms: 0, message: wrong };
}
