import { customType } from "drizzle-orm/pg-core";

/** Text that is compared by its bytes: names and keys, never sorted for people. */
export const textC = customType<{ data: string; driverData: string }>({
  dataType: () => 'text COLLATE "C"',
});

export const bytea = customType<{ data: Uint8Array; driverData: Buffer }>({
  dataType: () => "bytea",
  toDriver: (value) => Buffer.from(value),
});

/** 64-bit numbers that only travel through us (transaction ids, epochs): kept as decimal text, never rounded. */
export const bigintText = customType<{ data: string; driverData: string }>({
  dataType: () => "bigint",
});

/** `1, 2, 3` for a check that is made from a vocabulary. */
export function codeList(codes: readonly number[]): string {
  return [...codes].sort((a, b) => a - b).join(", ");
}
