"use client";
import { useEffect } from "react";
import { goToSignIn } from "@/components/data/go-to-sign-in";

/** Leads to the sign-in and from there back to this address, which only the browser knows. */
export function ToSignIn() {
  useEffect(() => goToSignIn(null), []);
  return null;
}
