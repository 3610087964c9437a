/** `role:compliance` → `compliance`: the words of a rule without what every reader of the page knows. */
export function approverNames(approvers: readonly string[], locale: string): string {
  const names = approvers.map((word) =>
    word.replace(/^(?:role|operator|user):/, "").replace(/^client:owner$/, "owner"),
  );
  return new Intl.ListFormat(locale, { type: "disjunction" }).format(names);
}
