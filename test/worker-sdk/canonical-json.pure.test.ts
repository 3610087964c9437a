import { describe, expect, it } from "vitest";
import { canonicalJson as serverCanonical } from "@/server/http/worker-protocol/canonical-json";
import { parseLossless } from "@/server/http/worker-protocol/lossless-json";
import { signatureOf as serverSignature } from "@/server/http/worker-protocol/signature";
import { canonicalJson, signatureOf } from "@/server/worker-sdk/canonical-json";

const vectors: [message: string, signature: string][] = [
  [
    '{"b":1.0,"a":{"z":null,"y":[1.0,null]},"ü":"é","security":{"x":1}}',
    "d1ef6cf3d49171d355d009234db02919be04e3a28a5a4564e5ad4ee8275da478",
  ],
  [
    '{"worker_id":"w1","timestamp":1700000000,"supported_skills":[{"name":"echo"}],"capabilities":{"cost_per_skill":{"echo":0.5}}}',
    "2324faac7b3a13ae41ab561afd0c75a25ebb93ea21ec781a74e33a80a5d59123",
  ],
  [
    '{"x":1e-7,"y":123456.789,"z":1e15,"k":"\u2028<>&/\u007f\\n"}',
    "df937054a19ce8a55707f0b3ef77cbffc73db51a8bcc913c36817c907390620b",
  ],
];

describe("what the SDK signs", () => {
  it.each(vectors)("is signed as the protocol's vectors are: %s", (message, signature) => {
    expect(signatureOf(JSON.parse(message) as Record<string, unknown>, "secret")).toBe(signature);
  });

  it("is what the server verifies, whatever is in it", () => {
    const message = {
      worker_id: "w",
      numbers: [0, -0, 1e21, 1.5e300, -1e-9, 0.1 + 0.2, 3.5e-6, 2 ** 53, 123456789.25],
      "😀": { ﬀ: null, "\u{10ffff}": [null, { a: null, b: "\u0000\ud800" }] },
      text: 'quo"te \\ / <>&  é',
      absent: null,
      security: { signature: "?" },
    };
    const wire = parseLossless(JSON.stringify(message));
    expect(serverSignature(wire as Map<string, never>, "k")).toBe(signatureOf(message, "k"));
    expect(signatureOf({ ...message, bubbling_chain: ["a"] }, "k", ["bubbling_chain"])).toBe(signatureOf(message, "k"));
    expect(signatureOf({ ...message, text: "else" }, "k")).not.toBe(signatureOf(message, "k"));
  });

  it("prints small numbers as the reference's workers do, on both sides", () => {
    const printed = "[0.0001,0.00001,9.99e-6,1e-6,-1.5e-6,1e-7,1.25e-10]";
    expect(canonicalJson(JSON.parse(printed))).toBe(printed);
    expect(serverCanonical(parseLossless("[1e-4,1e-5,0.00000999,0.000001,-0.0000015,1e-7,0.125e-9]"))).toBe(printed);
  });

  it("sorts by code point, not by the halves of a pair", () => {
    expect(canonicalJson({ "\u{10000}": 1, "\uffff": 2 })).toBe('{"\uffff":2,"\u{10000}":1}');
  });
});
