"use client";
import { CircleAlert } from "lucide-react";
import { Icon } from "@/components/ui/icon";

/** What went wrong with the whole form; read out when it appears. */
export function FormError({ text }: { text: string | undefined }) {
  if (!text) return null;
  return (
    <p className="note" data-s="failed" role="alert">
      <Icon as={CircleAlert} />
      <span>{text}</span>
    </p>
  );
}
