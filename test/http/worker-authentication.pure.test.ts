import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createTrustedProxy } from "@/server/http/tls/trusted-proxy";
import { createWorkerAuthentication } from "@/server/workers/auth/authentication";
import type { StoredToken } from "@/server/workers/auth/choose-token";
import type { AuthMode, RefusalReason } from "@/server/workers/auth/identity";
import { openPredecessor, sealPredecessor } from "@/server/workers/auth/sealed-predecessor";

const hash = (token: string) => createHash("sha256").update(token).digest();
const stored = (id: number, worker: string | null, token: string, skills: string[] | null = null): StoredToken => ({
  id,
  worker,
  skills,
  hash: hash(token),
});

const TOKENS = [
  stored(1, null, "everybody's"),
  stored(2, "gpu-1", "of gpu-1", ["render"]),
  stored(3, "gpu-1", "of gpu-1, the next"),
  stored(4, "gpu-*", "of gpus", ["render", "train"]),
  stored(5, "gpu-2?", "of the twenties"),
];

/** With these tokens stored, as the database would find them. */
function authentication(mode: AuthMode = "mixed") {
  const refused: RefusalReason[] = [];
  let lookUps = 0;
  const made = createWorkerAuthentication({
    rows: {
      async candidates(worker, tokenHash) {
        lookUps++;
        return TOKENS.filter(
          (token) =>
            (tokenHash && Buffer.compare(token.hash, tokenHash) === 0) ||
            (worker !== null && token.worker === worker) ||
            /[*?]/.test(token.worker ?? ""),
        );
      },
      access: async () => null,
    },
    mode,
    globalToken: "of the environment",
    figures: { refused: (reason) => refused.push(reason), proxyNameIgnored: () => undefined },
  });
  return { ...made, refused, lookUps: () => lookUps };
}

const CASES: [token: string, worker: string | null, by: string | null, skills?: string[]][] = [
  ["of gpu-1", "gpu-1", "token", ["render"]],
  ["of gpu-1, the next", "gpu-1", "token"],
  ["of gpu-1", "gpu-3", null],
  ["of gpu-1", null, "token", ["render"]],
  ["of gpus", "gpu-3", "token", ["render", "train"]],
  ["of gpus", "gpu-1", null],
  ["of gpus", "cpu-1", null],
  ["of gpus", null, null],
  ["of the twenties", "gpu-21", "token"],
  ["of gpus", "gpu-21", "token", ["render", "train"]],
  ["of the twenties", "gpu-2", null],
  ["everybody's", "cpu-1", "global"],
  ["everybody's", "gpu-1", null],
  ["everybody's", "gpu-3", null],
  ["of the environment", "cpu-1", "global"],
  ["of the environment", "gpu-3", null],
  ["of the environment", null, null],
  ["nobody's", "cpu-1", null],
];

test.each(CASES)("the token %j for worker %j: %j", async (token, worker, by, skills) => {
  const { authenticate, refused } = authentication();
  const known = authenticate({ token, certificate: null }, worker);
  if (by === null) {
    await expect(known).rejects.toMatchObject({ status: 401, message: expect.stringMatching(/^Unauthorized: /) });
    expect(refused).toEqual(["invalid_token"]);
  } else {
    const identity = await known;
    expect([identity.worker, identity.by, identity.skills && [...identity.skills]]).toEqual([
      worker ?? "gpu-1",
      by,
      skills ?? null,
    ]);
    expect(identity.secrets).toEqual([...new Set([token, "of the environment"])]);
  }
});

test("what was good is believed until tokens change; what was not is looked up each time", async () => {
  const { authenticate, forget, lookUps } = authentication();
  const good = () => authenticate({ token: "of gpus", certificate: null }, "gpu-3");
  await good();
  await good();
  expect(lookUps()).toBe(1);
  forget();
  await good();
  expect(lookUps()).toBe(2);
  for (const _ of [1, 2])
    await expect(authenticate({ token: "wrong", certificate: null }, "gpu-3")).rejects.toMatchObject({ status: 401 });
  expect(lookUps()).toBe(4);
});

test("a certificate is held to the skills of the worker's own token, and its name must be one", async () => {
  const { authenticate, refused } = authentication();
  const identity = await authenticate({ token: undefined, certificate: "gpu-3" }, null);
  expect([identity.worker, identity.by, [...(identity.skills ?? [])]]).toEqual([
    "gpu-3",
    "certificate",
    ["render", "train"],
  ]);
  await expect(authenticate({ token: undefined, certificate: "no name" }, null)).rejects.toMatchObject({ status: 403 });
  expect(refused).toEqual(["identity_mismatch"]);
});

test("a former token is opened by the one that took its place, and by no other", () => {
  const sealed = sealPredecessor("the former", "the present");
  expect(openPredecessor(sealed, "the present")).toBe("the former");
  expect(() => openPredecessor(sealed, "another")).toThrow();
  expect(sealed.toString("latin1")).not.toContain("the former");
});

const PROXY = {
  cnHeader: "x-cn",
  secret: "secret of the proxy",
  addresses: ["10.1.0.0/16", "192.0.2.7", "2001:db8::/32"],
};

test.each([
  ["10.1.255.3", "secret of the proxy", "w1"],
  ["::ffff:10.1.0.1", "secret of the proxy", "w1"],
  ["192.0.2.7", "secret of the proxy", "w1"],
  ["2001:db8:1::5", "secret of the proxy", "w1"],
  ["10.2.0.1", "secret of the proxy", undefined],
  ["192.0.2.8", "secret of the proxy", undefined],
  ["2001:db9::1", "secret of the proxy", undefined],
  ["10.1.0.1", "secret of the proxz", undefined],
  ["10.1.0.1", undefined, undefined],
  [undefined, "secret of the proxy", undefined],
])("a name told from %s with %j is %j", (address, secret, name) => {
  let ignored = 0;
  const proxy = createTrustedProxy(PROXY, () => ignored++);
  const headers: Record<string, string | undefined> = { "x-cn": "w1", "x-proxy-secret": secret };
  expect(proxy.nameOf((each) => headers[each], address)).toBe(name);
  expect(ignored).toBe(name === undefined ? 1 : 0);
});

test("through the proxy, no name is no certificate: not even the proxy's own", () => {
  const proxy = createTrustedProxy(PROXY, () => expect.fail("nothing was ignored"));
  const headers: Record<string, string> = { "x-proxy-secret": PROXY.secret };
  expect(proxy.nameOf((each) => headers[each], "192.0.2.7")).toBeNull();
  expect(proxy.nameOf(() => undefined, "198.51.100.1")).toBeUndefined();
});
