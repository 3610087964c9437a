import { headers } from "next/headers";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { operatorOfPage } from "@/app/session";
import { ToSignIn } from "@/components/auth/to-sign-in";
import { OperatorProvider } from "@/components/data/operator";
import { Shell } from "@/components/shell/shell";

/**
 * Pages behind the sign-in. The check here decides what is drawn; what may be read or done is checked by the API, for
 * every request. A layout isn't drawn again when only the page changes, so it must never be the only check.
 */
export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const operator = await operatorOfPage();
  if (!operator) {
    const path = await requestedPath();
    if (path === null) return <ToSignIn />;
    redirect(`/sign-in?next=${encodeURIComponent(path)}`);
  }
  return (
    <OperatorProvider operator={{ id: operator.id, name: operator.name, email: operator.email, role: operator.role }}>
      <Shell>{children}</Shell>
    </OperatorProvider>
  );
}

/** The address that was asked for, where the server in front notes it: a layout isn't told. */
async function requestedPath(): Promise<string | null> {
  return (await headers()).get("x-batuta-path")?.replace(/[?&]_rsc=[^&]*/, "") ?? null;
}
