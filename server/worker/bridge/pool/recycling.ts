import type { PoolLimits, RecycleReason } from "./pool-options";
import type { Slot } from "./slot";

const MIB = 1024 * 1024;

/** Why a slot without a task should make room for a fresh one; null while it is good. */
export function recycleReason(slot: Slot, limits: PoolLimits): RecycleReason | null {
  if (slot.tasksDone >= limits.maxTasksPerSlot) return "tasks";
  if (slot.memory !== null && slot.memory.heap + slot.memory.external > limits.softHeapMb * MIB) return "heap";
  if (Date.now() - slot.bornAt > limits.maxSlotUptimeMs) return "age";
  return null;
}
