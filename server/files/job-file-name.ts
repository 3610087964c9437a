const MOST_BYTES = 200;
/** Names that mean devices to Windows, with or without an extension: who downloads them there is in for a surprise. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f/\\:*?"<>|\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Cs}/u;

/**
 * The name of a job's file as it is kept, in Unicode's composed form; else what is wrong with it. Names are never part of a
 * path on the disk, and yet nothing is taken that could be one anywhere else.
 */
export function jobFileName(given: string): { name: string } | { fault: string } {
  const name = given.normalize("NFC");
  if (name === "") return { fault: "is empty; give the file a name, as in report.pdf" };
  if (Buffer.byteLength(name) > MOST_BYTES) return { fault: `must have at most ${MOST_BYTES} bytes` };
  if (FORBIDDEN.test(name))
    return { fault: 'must not contain / \\ : * ? " < > |, control characters or invisible marks' };
  if (/^\.+$/.test(name) || name !== name.trim() || name.endsWith("."))
    return { fault: "must not be dots alone, nor begin or end with a space, nor end with a dot" };
  if (DEVICE.test(name)) return { fault: "is reserved by some systems; choose another" };
  return { name };
}
