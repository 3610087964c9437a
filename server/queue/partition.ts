import { PARTITIONS } from "@/server/queue/contract";

/**
 * The partition (0 to 15) of a job's signals: FNV-1a over its id. It must never change while signals are under way,
 * because engines lease partitions and every process computes this on its own.
 */
export function partitionOf(jobId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < jobId.length; i += 1) {
    hash ^= jobId.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  // The low bits of FNV mix worst, so the high half is folded in before the modulo.
  return ((hash ^ (hash >>> 16)) >>> 0) % PARTITIONS;
}
