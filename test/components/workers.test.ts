import { describe, expect, it } from "vitest";
import { specsOf, wishesOf } from "@/components/blueprint/task-wish";
import { rungsOf } from "@/components/job/inspector/placement-rungs";
import { CONNECT_WAYS, connectCommand } from "@/components/workers/connect-snippets";
import {
  getsNothing,
  isIn,
  isWanted,
  machineOf,
  pricesOf,
  standingOf,
  trustPercent,
} from "@/components/workers/standing";
import type { WorkerRecord } from "@/lib/api/worker";
import en from "@/lib/i18n/messages/en/why.json";
import { UNMET_REASONS } from "@/server/dispatch/match";

const worker = (part: Partial<WorkerRecord> = {}): WorkerRecord => ({
  worker_id: "gpu-1",
  session_id: "s",
  kind: "http",
  version: null,
  status: "online",
  skills: ["render"],
  slots: 2,
  busy: 0,
  waiting: 0,
  reputation: 1,
  trusted: true,
  beat: null,
  hot_skills: [],
  cost_per_skill: {},
  resources: {},
  started_at: null,
  renewed_at: "2026-11-22T00:00:00Z",
  worker_type: "generic",
  supported_skills: [],
  installed_software: {},
  installed_artifacts: [],
  capabilities: { cost_per_skill: {}, extra: {} },
  max_concurrent_tasks: 2,
  heartbeat_status: null,
  ...part,
});

describe("how a worker stands", () => {
  it.each([
    ["idle", {}],
    ["online", { busy: 1 }],
    ["full", { busy: 1, waiting: 1 }],
    ["online", { busy: 9, slots: 0 }],
    ["draining", { busy: 2, status: "draining" }],
    ["distrusted", { status: "draining", trusted: false }],
    ["lost", { status: "lost", trusted: false }],
  ] as const)("is %s", (standing, part) => {
    const row = worker(part);
    expect(standingOf(row)).toBe(standing);
    expect(getsNothing(row)).toBe(["draining", "distrusted", "lost"].includes(standing));
    expect(isIn(row, "trouble")).toBe(getsNothing(row));
    expect(isIn(row, "free")).toBe(standing === "idle" || standing === "online");
  });

  it("is found by its id, its skill, its device; not by the skill of another", () => {
    const row = worker({ resources: { devices: [{ type: "gpu", model: "RTX 4090" }] } });
    const filter = { text: "", skill: "", view: "all" } as const;
    for (const text of ["GPU-1", "rend", "4090 ", ""]) expect(isWanted(row, { ...filter, text })).toBe(true);
    expect(isWanted(row, { ...filter, text: "5090" })).toBe(false);
    expect(isWanted(row, { ...filter, skill: "render" })).toBe(true);
    expect(isWanted(row, { ...filter, skill: "rend" })).toBe(false);
    expect(isWanted(row, { ...filter, view: "busy" })).toBe(false);
  });

  it("tells its machine in few words, whatever it sent", () => {
    const gpu = { type: "gpu", model: "A10" };
    expect(
      machineOf(worker({ resources: { devices: [gpu, gpu, { type: "tpu" }], properties: { ram_gb: 64 } } })),
    ).toEqual(["2 × A10", "tpu", "ram_gb 64"]);
    expect(machineOf(worker({ resources: { devices: [null, 1, {}], properties: "odd" } }))).toEqual(["?"]);
    expect(pricesOf(worker())).toBeNull();
    expect(pricesOf(worker({ cost_per_skill: { a: 2, b: 0.5 } }))).toEqual([0.5, 2]);
  });

  it("never shows full trust for less", () => {
    expect([1, 0.999, 0.29, 0, 1.5].map(trustPercent)).toEqual([100, 99, 29, 0, 100]);
  });
});

describe("a task that waits for the dispatcher", () => {
  const fell = (reason: string, count: number) => ({ reason, count, details: [] });

  it("is told how many workers are left after each requirement", () => {
    const rungs = rungsOf({
      workers: 17,
      suitable: 0,
      fell_out: [fell("skill_not_found", 12), fell("cost_too_high", 5)],
    });
    expect(rungs.map(({ left }) => left)).toEqual([5, 0]);
  });

  it("has a word for every reason of the server", () => {
    expect(Object.keys(en.funnel.reason)).toEqual([...UNMET_REASONS]);
  });

  it("shows what it asks, and nothing where it asks for its skill only", () => {
    const requirements = {
      resources: {
        ram_gb: 32,
        properties: { cores: 8 },
        devices: [{ type: "gpu", model: "4090", properties: { vram_gb: 24 } }],
      },
      installed_software: { ffmpeg: "6.0" },
      installed_artifacts: ["upscaler", { name: "base", version: "2" }],
      extra_requirements: { region: "eu" },
    };
    const wishes = wishesOf({
      task_type: "render",
      requirements,
      max_cost: 0,
      strategy: "best_value",
      skill_version: "2",
    });
    expect(wishes.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      "strategy: best_value",
      "max_cost: 0",
      "skill_version: 2",
      "resource: ram_gb 32",
      "resource: cores 8",
      "resource: gpu 4090 vram_gb 24",
      "software: ffmpeg 6.0",
      "artifact: upscaler",
      "artifact: base 2",
      "extra: region eu",
    ]);
    expect(wishesOf({ task_type: "render", strategy: "default", requirements: {} })).toEqual([]);
    const tasks = [{ task_type: "a" }, { task_type: "b" }];
    expect(specsOf({ type: "parallel", tasks, aggregate_into: "all", to: "end" } as never)).toEqual(tasks);
    expect(specsOf({ type: "end", outcome: "success" })).toEqual([]);
  });
});

describe("the command that connects a worker", () => {
  it.each(CONNECT_WAYS)("in %s names this server, and an example that is there", (way) => {
    const command = connectCommand(way, "http://127.0.0.1:3000");
    expect(command).toContain("BATUTA_URL=http://127.0.0.1:3000 ");
    expect(command).toMatch(/docs\/examples\/worker\.(ts|py|sh) worker-\d/);
    expect(command).not.toContain("WORKER_SIGN");
  });

  it("signs in the shell what goes to another machine", () => {
    expect(connectCommand("curl", "https://batuta.example")).toContain("WORKER_SIGN=yes");
    expect(connectCommand("python", "https://batuta.example")).not.toContain("WORKER_SIGN");
  });
});
