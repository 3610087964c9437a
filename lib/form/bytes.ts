const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A size in bytes as people read it: `512 B`, `3.1 KiB`, `50 MiB`. Binary units, as limits are set in them. */
export function formatBytes(bytes: number, locale = "en"): string {
  let size = Math.max(0, bytes);
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1;
  const rounded = Number(size.toFixed(digits));
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(rounded)} ${UNITS[unit]}`;
}
