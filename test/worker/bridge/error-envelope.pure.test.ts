import { describe, expect, it } from "vitest";
import { type ErrorEnvelope, packError, RemoteTaskError, unpackError } from "@/server/worker/bridge/error-envelope";
import { NonErrorThrown, registerError } from "@/server/worker/bridge/error-registry";
import { PaymentError } from "@/test/worker/bridge/sync-tasks/payment-error";

const origin = { task: "shop.pay", slot: 3, isolation: "thread" as const };

/** There and back as text, as between two processes. */
function travel(thrown: unknown): Error & Record<string, unknown> {
  const envelope = JSON.parse(JSON.stringify(packError(thrown, origin))) as ErrorEnvelope;
  return unpackError(envelope) as Error & Record<string, unknown>;
}

class UnknownError extends Error {
  override readonly name = "UnknownError";
  readonly code = 42;
}

describe("an error that travels", () => {
  it("keeps its class where that is registered, and all its members", () => {
    registerError(PaymentError);
    const cause = new RangeError("over the limit", { cause: "the bank" });
    const given = travel(new PaymentError("refused", "CARD", { rows: [{ a: 1 }] }, { cause }));
    expect(given).toBeInstanceOf(PaymentError);
    expect((given as unknown as PaymentError).refund()).toBe("refund CARD");
    expect(given).toMatchObject({ name: "PaymentError", message: "refused", code: "CARD", retryable: true });
    expect(given).toMatchObject({ retryAfterMs: 1500, details: { rows: [{ a: 1 }] } });
    expect(given.cause).toBeInstanceOf(RangeError);
    expect((given.cause as Error).cause).toBe("the bank");
  });

  it("is a RemoteTaskError with its own name where its class is not known", () => {
    const given = travel(new UnknownError("what is this"));
    expect(given).toBeInstanceOf(RemoteTaskError);
    expect(given).toMatchObject({ name: "UnknownError", message: "what is this", code: 42, origin });
  });

  it("shows the stack of here first, then the one of there", () => {
    const lines = String(travel(new UnknownError("x")).stack).split("\n");
    const divider = lines.findIndex((line) => line.includes("--- shop.pay, thread, slot 3 ---"));
    expect(lines[0]).toBe("UnknownError: x");
    expect(lines.slice(0, divider).join("\n")).toContain("travel");
    expect(lines.slice(divider).join("\n")).toContain("error-envelope.pure.test");
  });

  it("carries what JSON has no word for, and drops functions", () => {
    const details = {
      big: 12n,
      when: new Date(5),
      map: new Map([["a", { b: 1 }]]),
      set: new Set([1]),
      odd: Number.POSITIVE_INFINITY,
      inner: new TypeError("in"),
      act: () => 1,
      $bridge: "date",
    };
    const given = travel(Object.assign(new Error("x"), { details })).details as typeof details;
    expect(given.big).toBe(12n);
    expect(given.when).toEqual(new Date(5));
    expect(given.map).toEqual(new Map([["a", { b: 1 }]]));
    expect(given.set).toEqual(new Set([1]));
    expect(given.odd).toBe(Number.POSITIVE_INFINITY);
    expect(given.inner).toBeInstanceOf(TypeError);
    expect("act" in given).toBe(false);
    expect(given.$bridge).toBe("date");
  });

  it("is bounded, and says so", () => {
    const circular: Record<string, unknown> = { text: "y".repeat(40_000) };
    circular.self = circular;
    const envelope = packError(Object.assign(new Error("ä".repeat(10_000)), { circular, list: "z".repeat(9) }), {});
    expect(envelope.truncated).toBe(true);
    expect(Buffer.byteLength(envelope.message)).toBeLessThanOrEqual(8192);
    expect(JSON.stringify(envelope).length).toBeLessThan(70_000);
    let deep = new Error("0");
    for (let level = 1; level < 9; level++) deep = new Error(String(level), { cause: deep });
    let depth = 0;
    for (let at: unknown = travel(deep); at instanceof Error; at = at.cause) depth++;
    expect(depth).toBe(5);
    const many = travel(new AggregateError(Array.from({ length: 30 }, (_, no) => new Error(String(no)))));
    expect(many).toBeInstanceOf(AggregateError);
    expect((many as unknown as AggregateError).errors).toHaveLength(20);
  });

  it("leaves secrets behind", () => {
    const error = Object.assign(new Error("x"), {
      password: "a",
      details: { api_key: "b", "X-Auth-Token": "c", n: 1 },
    });
    const text = JSON.stringify(packError(error, {}).props);
    expect(text).toBe('{"password":"[redacted]","details":{"api_key":"[redacted]","X-Auth-Token":"[redacted]","n":1}}');
  });

  it.each([["text"], [undefined], [null], [{ a: 1 }], [7n]])("says that %o is no error", (value) => {
    const given = travel(value);
    expect(given).toBeInstanceOf(NonErrorThrown);
    expect(given.value).toEqual(value);
  });

  it("survives what throws when it is looked at", () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
        getPrototypeOf: () => {
          throw new Error("no");
        },
      },
    );
    expect(travel(hostile).message).toContain("no Error");
    const getter = Object.defineProperty(new Error("x"), "details", {
      enumerable: true,
      get() {
        throw new Error("no");
      },
    });
    expect(travel(getter).message).toBe("x");
  });

  it("refuses to register what is no error class", () => {
    expect(() => registerError(Map as never)).toThrow("extends Error");
  });
});
