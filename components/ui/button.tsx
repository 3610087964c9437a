"use client";
import { clsx } from "clsx";
import Link from "next/link";
import type { ComponentProps, ReactNode } from "react";
import { Icon, type LucideIcon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";

export type ButtonVariant = "default" | "primary" | "quiet" | "danger";
export type ButtonSize = "sm" | "md" | "lg";

interface Look {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: LucideIcon;
  /** Drawn after the words, for a button that opens something. */
  trailingIcon?: LucideIcon;
  /** The key that does the same, as a hint: `"c"`, `"Enter"`. */
  keys?: string;
}

export interface ButtonProps extends Look, Omit<ComponentProps<"button">, "children"> {
  children: ReactNode;
  /** Work is under way: the button stays focusable, says so, and does nothing when pressed. */
  pending?: boolean;
}

function classOf({ variant = "default", size = "md" }: Look, iconOnly: boolean): string {
  return clsx("btn", variant !== "default" && `btn-${variant}`, size !== "md" && `btn-${size}`, iconOnly && "btn-icon");
}

function Content({ icon, trailingIcon, keys, size, children }: Look & { children: ReactNode }) {
  return (
    <>
      {icon ? <Icon as={icon} size={size === "lg" ? 16 : 14} /> : null}
      {children}
      {trailingIcon ? <Icon as={trailingIcon} size={12} className="chev" /> : null}
      {keys ? <Kbd keys={keys} /> : null}
    </>
  );
}

export function Button({
  variant,
  size,
  icon,
  trailingIcon,
  keys,
  pending,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={clsx(classOf({ variant, size }, false), className)}
      aria-busy={pending || undefined}
      aria-disabled={pending || rest["aria-disabled"]}
      aria-keyshortcuts={keys}
      onClick={pending ? preventDefault : onClick}
    >
      <Content icon={icon} trailingIcon={trailingIcon} keys={keys} size={size}>
        {children}
      </Content>
    </button>
  );
}

/** A button that is only a drawing; `label` is its name and its tooltip. */
export function IconButton({
  label,
  icon,
  variant,
  size,
  className,
  ...rest
}: Omit<ButtonProps, "children" | "icon" | "pending"> & { label: string; icon: LucideIcon }) {
  return (
    <button
      type="button"
      title={label}
      {...rest}
      className={clsx(classOf({ variant, size }, true), className)}
      aria-label={label}
    >
      <Icon as={icon} size={size === "lg" ? 16 : 14} />
    </button>
  );
}

/** A link that looks like a button, for going somewhere. */
export function ButtonLink({
  variant,
  size,
  icon,
  trailingIcon,
  keys,
  className,
  children,
  ...rest
}: Look & ComponentProps<typeof Link>) {
  return (
    <Link {...rest} className={clsx(classOf({ variant, size }, false), className)}>
      <Content icon={icon} trailingIcon={trailingIcon} keys={keys} size={size}>
        {children}
      </Content>
    </Link>
  );
}

function preventDefault(event: { preventDefault(): void }) {
  event.preventDefault();
}
