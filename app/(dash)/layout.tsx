import { headers } from "next/headers";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { operatorOfPage } from "@/app/session";
import { OperatorProvider } from "@/components/data/operator";
import { Shell } from "@/components/shell/shell";

/**
 * Pages behind the sign-in. The check here decides what is drawn; what may be read or done is checked by the API, for
 * every request. A layout isn't drawn again when only the page changes, so it must never be the only check.
 */
export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const operator = await operatorOfPage();
  if (!operator) redirect(`/sign-in?next=${encodeURIComponent(await requestedPath())}`);
  return (
    <OperatorProvider operator={{ id: operator.id, name: operator.name, email: operator.email, role: operator.role }}>
      <Shell>{children}</Shell>
    </OperatorProvider>
  );
}

/** The address that was asked for, as the custom server notes it; Next itself doesn't tell a layout. */
async function requestedPath(): Promise<string> {
  return (await headers()).get("x-batuta-path") ?? "/";
}
