import { expect, test } from "vitest";
import { openWebProbes } from "@/server/http/web-probes";

test("what anybody may ask does not tell where the database is, nor who asks it", async () => {
  const engine = { health: () => ({ ready: true, checks: {} }) };
  const probes = openWebProbes("postgres://somebody:a-password@127.0.0.1:9/somewhere", engine);
  try {
    const away = expect.objectContaining({ ok: false, message: "does not answer" });
    expect((await probes.readiness()).slice(0, 2)).toEqual([away, away]);
  } finally {
    await probes.stop();
  }
});
