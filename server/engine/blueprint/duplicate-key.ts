/**
 * The offset of the first key that stands twice in one object of valid JSON text, or -1. `JSON.parse` keeps the last of
 * two equal keys in silence, so a state written twice would vanish. Linear, without recursion.
 */
export function findDuplicateKey(json: string): number {
  const open: (Set<string> | null)[] = [];
  let atKey = false;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case "{":
        open.push(new Set());
        atKey = true;
        break;
      case "[":
        open.push(null);
        atKey = false;
        break;
      case "}":
      case "]":
        open.pop();
        atKey = false;
        break;
      case ",":
        atKey = open.at(-1) instanceof Set;
        break;
      case '"': {
        const end = endOfText(json, at);
        const keys = open.at(-1);
        if (atKey && keys) {
          const key: string = JSON.parse(json.slice(at, end));
          if (keys.has(key)) return at;
          keys.add(key);
        }
        atKey = false;
        at = end - 1;
        break;
      }
      default:
        break;
    }
  }
  return -1;
}

function endOfText(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at + 1;
}
