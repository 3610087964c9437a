"use client";
import { clsx } from "clsx";
import { type ComponentProps, type ReactNode, useEffect, useId, useRef } from "react";

/** A checkbox; `mixed` draws the dash of "some of them". Without `children` it needs an `aria-label`. */
export function Checkbox({
  mixed = false,
  children,
  className,
  ...rest
}: Omit<ComponentProps<"input">, "type"> & { mixed?: boolean; children?: ReactNode }) {
  const ownId = useId();
  const id = rest.id ?? ownId;
  const ref = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (ref.current) ref.current.indeterminate = mixed;
  }, [mixed]);
  const box = <input {...rest} id={id} ref={ref} type="checkbox" className={clsx("check", className)} />;
  if (!children) return box;
  return (
    <label className="check-label" htmlFor={id}>
      {box}
      <span>{children}</span>
    </label>
  );
}
