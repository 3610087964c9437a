/**
 * Whether `file` fits the list of an `accept` attribute: types (`application/pdf`, `image/*`) or endings (`.md`). An
 * unknown type (the browser says nothing about `.md`, for example) passes: the server looks at the content.
 */
export function accepts(accept: readonly string[], file: { name: string; type: string }): boolean {
  if (accept.length === 0) return true;
  const name = file.name.toLowerCase();
  const type = file.type.toLowerCase();
  const endings = accept.filter((each) => each.startsWith("."));
  const types = accept.filter((each) => !each.startsWith("."));
  if (endings.some((ending) => name.endsWith(ending.toLowerCase()))) return true;
  if (types.some((each) => each === type || (each.endsWith("/*") && type.startsWith(each.slice(0, -1))))) return true;
  return type === "" && types.length > 0;
}
