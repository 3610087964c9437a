/** A vector as it is stored: 32-bit floats, little-endian. */
export function vectorBytes(vector: Float32Array): Buffer {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4);
  return bytes;
}

/** The cosine of the angle between a stored vector and another, both of length one; null for other dimensions. */
export function cosine(stored: Buffer, vector: Float32Array): number | null {
  if (stored.length !== vector.length * 4) return null;
  let sum = 0;
  for (let at = 0; at < vector.length; at++) sum += stored.readFloatLE(at * 4) * (vector[at] as number);
  return sum;
}
