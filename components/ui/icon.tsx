import { clsx } from "clsx";
import type { LucideIcon } from "lucide-react";

export type { LucideIcon };

const SIZE_CLASS = { 12: "s12", 14: "s14", 16: "", 18: "s18", 20: "s20" } as const;

/** A drawing beside a word: always hidden from screen readers, so the word must be there (or an `aria-label`). */
export function Icon({
  as: Shape,
  size = 16,
  className,
}: {
  as: LucideIcon;
  size?: keyof typeof SIZE_CLASS;
  className?: string;
}) {
  return <Shape className={clsx("i", SIZE_CLASS[size], className)} aria-hidden="true" focusable="false" />;
}
