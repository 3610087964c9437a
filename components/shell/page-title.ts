"use client";
import { useEffect } from "react";

/** Names the tab after what has been loaded, most telling part first; null keeps the name that the server gave. */
export function usePageTitle(title: string | null): void {
  useEffect(() => {
    if (title !== null) document.title = `${title} · Batuta`;
  }, [title]);
}
