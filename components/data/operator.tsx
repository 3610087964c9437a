"use client";
import { createContext, type ReactNode, useContext } from "react";
import { type Permission, type Role, roleMay } from "@/lib/roles";

/** The person at the screen. */
export interface CurrentOperator {
  id: string;
  name: string;
  email: string;
  role: Role;
}

const OperatorContext = createContext<CurrentOperator | null>(null);

export function OperatorProvider({ operator, children }: { operator: CurrentOperator; children: ReactNode }) {
  return <OperatorContext value={operator}>{children}</OperatorContext>;
}

/** Who is signed in; only inside of the dashboard's pages, where somebody always is. */
export function useOperator(): CurrentOperator {
  const operator = useContext(OperatorContext);
  if (!operator) throw new Error("useOperator is used outside of OperatorProvider");
  return operator;
}

/** Whether the person's role allows it, to show or leave out a button; the API decides for itself. */
export function useMay(permission: Permission): boolean {
  return roleMay(useOperator().role, permission);
}
