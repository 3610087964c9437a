/** Leaves for the sign-in page, which leads back to here. `reason` `ended`: there was a session until now. */
export function goToSignIn(reason: "ended" | null): void {
  const { pathname, search } = window.location;
  if (pathname === "/sign-in" || pathname === "/setup") return;
  const next = encodeURIComponent(pathname + search);
  window.location.replace(`/sign-in?${reason ? `reason=${reason}&` : ""}next=${next}`);
}
