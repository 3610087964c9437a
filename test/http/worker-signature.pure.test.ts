import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "@/lib/json";
import { canonicalJson, signedForm } from "@/server/http/worker-protocol/canonical-json";
import { type LosslessJson, parseLossless } from "@/server/http/worker-protocol/lossless-json";
import { signatureFault, signatureOf } from "@/server/http/worker-protocol/signature";

const object = (text: string) => parseLossless(text) as Map<string, LosslessJson>;
const now = 1_700_000_000;

describe("the canonical form and its signature", () => {
  test("drops nulls of objects, keeps those of lists, prints integral floats as integers", () => {
    const text = '{"b":1.0,"a":{"z":null,"y":[1.0,null]},"ü":"é","security":{"x":1}}';
    const message = object(text);
    expect(signatureOf(message, "secret")).toBe("d1ef6cf3d49171d355d009234db02919be04e3a28a5a4564e5ad4ee8275da478");
    message.delete("security");
    expect(canonicalJson(message)).toBe('{"a":{"y":[1,null]},"b":1,"ü":"é"}');
  });

  test("covers members that the server knows nothing of", () => {
    const text =
      '{"worker_id":"w1","timestamp":1700000000,"supported_skills":[{"name":"echo"}],"capabilities":{"cost_per_skill":{"echo":0.5}}}';
    expect(signatureOf(object(text), "secret")).toBe(
      "2324faac7b3a13ae41ab561afd0c75a25ebb93ea21ec781a74e33a80a5d59123",
    );
  });

  test("leaves non-ASCII and markup unescaped, prints floats in their shortest form", () => {
    const message = object('{"x":1e-7,"y":123456.789,"z":1e15,"k":"\\u2028<>&/\\u007f\\n"}');
    expect(canonicalJson(message)).toBe('{"k":"\u2028<>&/\u007f\\n","x":1e-7,"y":123456.789,"z":1000000000000000}');
    expect(signatureOf(message, "secret")).toBe("df937054a19ce8a55707f0b3ef77cbffc73db51a8bcc913c36817c907390620b");
  });

  test("keeps every digit of large integers and sorts by code point", () => {
    expect(canonicalJson(parseLossless('{"n":9007199254740993}'))).toBe('{"n":9007199254740993}');
    expect(canonicalJson(parseLossless('{"\ud83d\ude00":1,"\uffee":2}'))).toBe('{"\uffee":2,"\ud83d\ude00":1}');
  });
});

describe("reading JSON without loss", () => {
  test.each(["", "{", '{"a":}', "[1,]", "01", "1.", '"\n"', "nul", "{} {}", '{"a" 1}', "'a'", "[1 2]"])(
    "refuses %j",
    (text) => {
      expect(() => parseLossless(text)).toThrow(SyntaxError);
    },
  );

  test("refuses nesting beyond 64 without overflowing the stack", () => {
    expect(() => parseLossless("[".repeat(500_000))).toThrow("nested too deeply");
  });

  test("reads what JSON.parse reads", () => {
    const text = ' { "a" : [ true , false , null , -1.5e+3 , "\\u00e9\\"\\\\/" ] , "b" : {} , "c" : [] } ';
    expect(JSON.parse(canonicalJson(parseLossless(text)))).toEqual({
      a: [true, false, null, -1500, 'é"\\/'],
      b: {},
      c: [],
    });
  });
});

describe("believing a message", () => {
  const options = { mode: "required", secrets: ["other", "secret"], workerId: "w1", nowS: now } as const;
  const sign = (body: string, secret = "secret", signer = "") => {
    const message = object(body);
    const signature = signatureOf(message, secret);
    return object(body.replace(/}$/, `,"security":{"signature":"${signature}"${signer}}}`));
  };

  test("a signature by any of the secrets is good", () => {
    expect(signatureFault(sign(`{"worker_id":"w1","timestamp":${now}}`), options)).toBeNull();
    expect(signatureFault(sign(`{"worker_id":"w1","timestamp":${now}}`, "wrong"), options)).toMatch("Invalid");
  });

  test("a changed member, a missing or old timestamp, and a foreign signer are faults", () => {
    const changed = sign(`{"worker_id":"w1","timestamp":${now}}`);
    changed.set("worker_id", "w2");
    expect(signatureFault(changed, options)).toBe("Invalid cryptographic signature");
    expect(signatureFault(sign('{"worker_id":"w1"}'), options)).toMatch("Missing required timestamp");
    expect(signatureFault(sign(`{"timestamp":${now - 61}}`), options)).toMatch("expired (replay protection)");
    expect(signatureFault(sign(`{"timestamp":${now}}`, "secret", ',"signer_id":"w2"'), options)).toMatch(
      "signer ID 'w2'",
    );
  });

  test("an unsigned message passes only where signatures are optional; a present one must verify there too", () => {
    const unsigned = object('{"worker_id":"w1"}');
    expect(signatureFault(unsigned, options)).toBe("Missing required security context");
    expect(signatureFault(unsigned, { ...options, mode: "optional" })).toBeNull();
    const wrong = sign(`{"timestamp":${now}}`, "wrong");
    expect(signatureFault(wrong, { ...options, mode: "optional" })).toBe("Invalid cryptographic signature");
    expect(signatureFault(wrong, { ...options, mode: "off" })).toBeNull();
  });
});

describe("the form that is signed", () => {
  const bytesOf = (text: string) => canonicalJson(signedForm(JSON.parse(text) as JsonObject, text));

  test("is the same whether numbers were parsed or kept as they were written", () => {
    fc.assert(
      fc.property(fc.json(), (inner) => {
        const text = `{"a":${inner},"ü":[1.0,1e-7,-0,1e21,123456.789]}`;
        expect(bytesOf(text)).toBe(canonicalJson(parseLossless(text)));
      }),
    );
  });

  test("keeps integers that a double cannot hold, and ends what nests too deeply", () => {
    expect(bytesOf('{"n":9007199254740993}')).toBe('{"n":9007199254740993}');
    const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(() => bytesOf(deep)).toThrow("nested too deeply");
  });
});
