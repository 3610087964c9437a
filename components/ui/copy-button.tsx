"use client";
import { Check, Copy } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { announce } from "@/components/ui/announcer";
import { IconButton } from "@/components/ui/button";

export interface CopyButtonProps {
  /** The text, or what makes it when pressed (for something large). */
  value: string | (() => string);
  /** What is copied, for the name of the button: "the job id". Without it the name is just "Copy". */
  what?: string;
  className?: string;
}

/** Copies and says so, by a tick and to screen readers. */
export function CopyButton({ value, what, className }: CopyButtonProps) {
  const t = useTranslations("common");
  const [copied, setCopied] = useState(false);
  const timer = useRef<number>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);

  async function copy() {
    try {
      await navigator.clipboard.writeText(typeof value === "function" ? value() : value);
    } catch {
      // Refused by permission or by plain http on another host: the person can still select the text.
      announce(t("copyFailed"));
      return;
    }
    announce(t("copied"));
    setCopied(true);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setCopied(false), 1600);
  }

  return (
    <IconButton
      icon={copied ? Check : Copy}
      label={what ? t("copyNamed", { what }) : t("copy")}
      variant="quiet"
      size="sm"
      className={className}
      onClick={() => void copy()}
    />
  );
}
