/** Flags of Node that say how modules are found; the rest is for this process alone. */
const LOADING = /^(--import|--require|-r|--loader|--experimental-loader|--conditions|-C)(=|$)/;

/** What of this process's own Node flags its threads and processes need, so that they can import what it can. */
export function childArguments(own: readonly string[] = process.execArgv): string[] {
  return own.flatMap((flag, index) => {
    if (LOADING.test(flag)) return [flag];
    const before = own[index - 1];
    return before !== undefined && LOADING.test(before) && !before.includes("=") ? [flag] : [];
  });
}
