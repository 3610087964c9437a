"use client";
import { usePathname, useSearchParams } from "next/navigation";

/**
 * The page's address as its state: the parameters, and a way to change them without asking the server for the page
 * again. A change that a person would want to go back from is `push`, typing is `replace`.
 */
export function useSearchState(): [URLSearchParams, (next: URLSearchParams, how?: "push" | "replace") => void] {
  const parameters = useSearchParams();
  const pathname = usePathname();
  function change(next: URLSearchParams, how: "push" | "replace" = "push") {
    const text = next.toString();
    const address = text ? `${pathname}?${text}` : pathname;
    if (how === "push") window.history.pushState(null, "", address);
    else window.history.replaceState(null, "", address);
  }
  return [new URLSearchParams(parameters.toString()), change];
}
