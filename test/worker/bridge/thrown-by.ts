/** What a synchronous call throws; fails itself when it throws nothing. */
export function thrownBy(act: () => unknown): Error & Record<string, unknown> {
  try {
    act();
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("nothing was thrown");
}
