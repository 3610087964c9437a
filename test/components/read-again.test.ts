import { setTimeout as delay } from "node:timers/promises";
import { environmentManager, QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { ApiError } from "@/components/data/api-error";
import { readAgain, readAgainEvery } from "@/components/data/read-again";

const EVERY_MS = 20;

interface Shown {
  status: string;
  data: number | undefined;
}

// Without a window it would take itself for a server, which reads nothing again.
beforeAll(() => environmentManager.setIsServer(() => false));
afterAll(() => environmentManager.setIsServer(() => true));

/** Watches a query as a page does; `read` answers its reads, the first is number 1. */
function watch(read: (count: number) => number, goesOn?: (data: number) => boolean) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  let reads = 0;
  const observer = new QueryObserver<number>(client, {
    queryKey: ["watched"],
    queryFn: async () => read(++reads),
    refetchInterval: readAgainEvery(EVERY_MS, goesOn),
  });
  const shown: Shown[] = [];
  const leave = observer.subscribe(({ status, data }) => shown.push({ status, data }));
  onTestFinished(() => {
    leave();
    client.clear();
  });
  return { client, reads: () => reads, shown };
}

test("what was refused stands still: it is not read again and never goes back to its placeholder", async () => {
  const page = watch(() => {
    throw new Error("Not found");
  });
  await expect.poll(() => page.shown.at(-1)?.status).toBe("error");
  await delay(EVERY_MS * 5);
  expect(page.reads()).toBe(1);
  expect(page.shown.at(-1)?.status).toBe("error");
});

test("what is shown is read again until it is over", async () => {
  const page = watch(
    (count) => count,
    (data) => data < 3,
  );
  await expect.poll(() => page.shown.at(-1)?.data).toBe(3);
  await delay(EVERY_MS * 5);
  expect(page.reads()).toBe(3);
});

test("what is shown stays so over a read that fails, and is read again", async () => {
  const page = watch(
    (count) => {
      if (count === 2) throw new Error("Gone for a moment");
      return count;
    },
    (data) => data < 3,
  );
  await expect.poll(() => page.shown.at(-1)?.data).toBe(3);
  expect(page.shown.filter(({ data }) => data === undefined).every(({ status }) => status === "pending")).toBe(true);
});

test.each([404, 403, 400])(
  "what was refused with %i stays when jobs change: its page would only blink",
  async (status) => {
    const page = watch(() => {
      throw new ApiError(status, "refused", "Not for you");
    });
    await expect.poll(() => page.shown.at(-1)?.status).toBe("error");
    const shown = page.shown.length;
    readAgain(page.client, ["watched"]);
    await delay(EVERY_MS);
    expect(page.reads()).toBe(1);
    expect(page.shown).toHaveLength(shown);
  },
);

test.each([0, 429, 503])("what failed with %i is read again when jobs change: it may be there now", async (status) => {
  const page = watch(
    (count) => {
      if (count === 1) throw new ApiError(status, "failed", "Later");
      return count;
    },
    () => false,
  );
  await expect.poll(() => page.shown.at(-1)?.status).toBe("error");
  readAgain(page.client, ["watched"]);
  await expect.poll(() => page.shown.at(-1)?.data).toBe(2);
});

test("what is shown is read again when jobs change, also over a read that is refused", async () => {
  const page = watch(
    (count) => {
      if (count === 2) throw new ApiError(404, "not_found", "Gone");
      return count;
    },
    () => false,
  );
  await expect.poll(() => page.shown.at(-1)?.data).toBe(1);
  readAgain(page.client, ["watched"]);
  await expect.poll(() => page.shown.at(-1)?.status).toBe("error");
  readAgain(page.client, ["watched"]);
  await expect.poll(() => page.shown.at(-1)?.data).toBe(3);
});
