import { ApiError } from "@/server/errors";
import type { Log } from "@/server/log";
import { chargeClient, isKnownKey, type QuotaState, readQuota, refundClient } from "@/server/store/client-usage";
import type { Database } from "@/server/store/database";

/** What the creation of one job costs its client. */
export interface JobQuota {
  /** Counts the job, and says whether there was anything to count; throws 429 when the month's quota is used up. */
  charge(): Promise<boolean>;
  /** The job was not made after all, or had been made before. */
  refund(): Promise<void>;
  /** `X-Quota-Limit`, `X-Quota-Remaining`, `X-Quota-Reset` (seconds since the epoch); none without a quota. */
  headers(): Promise<Record<string, string>>;
}

export const NO_QUOTA: JobQuota = {
  charge: async () => false,
  refund: async () => undefined,
  headers: async () => ({}),
};

/**
 * The quota of one request of a client. It is counted just before the job is submitted: a process that dies between the
 * two costs the client one job of its month at most. A key that is known costs nothing, for no job will be made.
 */
export function quotaOf(
  { database, log }: { database: Database; log: Log },
  client: { id: number; monthlyAttempts: number | null },
  idempotencyKey: string | null,
): JobQuota {
  if (client.monthlyAttempts === null) return NO_QUOTA;
  let charged: QuotaState | null = null;
  return {
    async charge() {
      if (idempotencyKey !== null && (await isKnownKey(database, client.id, idempotencyKey))) return false;
      const state = await chargeClient(database, client.id);
      if (state && !state.charged) throw exceeded(state);
      charged = state;
      return state !== null;
    },
    async refund() {
      if (!charged) return;
      const { month } = charged;
      charged = null;
      await refundClient(database, client.id, month).catch((error: unknown) =>
        log.warn("a job that was not made stays counted in its client's quota", { client: client.id, error }),
      );
    },
    async headers() {
      const state = charged ?? (await readQuota(database, client.id));
      return state ? headersOf(state) : {};
    },
  };
}

function headersOf({ limit, used, resetsAt }: QuotaState): Record<string, string> {
  return {
    "x-quota-limit": String(limit),
    "x-quota-remaining": String(Math.max(0, limit - used)),
    "x-quota-reset": String(Math.ceil(resetsAt.getTime() / 1000)),
  };
}

function exceeded(state: QuotaState): ApiError {
  const waitS = Math.max(1, Math.ceil((state.resetsAt.getTime() - Date.now()) / 1000));
  return new ApiError(429, "quota_exceeded", "Quota exceeded or not configured", {
    details: [
      {
        path: "",
        message: `This client may start ${state.limit} jobs in a month; the next month begins at ${state.resetsAt.toISOString()}`,
      },
    ],
    headers: { ...headersOf(state), "retry-after": String(waitS) },
  });
}
