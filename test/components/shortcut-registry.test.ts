import { describe, expect, it, vi } from "vitest";
import { createShortcutRegistry, type Shortcut } from "@/components/shell/shortcut-registry";

const shortcut = (keys: string) => ({ keys, label: keys, group: "page", run: vi.fn<() => void>() }) satisfies Shortcut;
const key = (name: string, mod = false) => ({ key: name, mod, alt: false });

describe("the shortcuts", () => {
  it("run a single key, a sequence and a combination", () => {
    const registry = createShortcutRegistry();
    const [j, gj, palette] = [shortcut("j"), shortcut("g j"), shortcut("mod+k")];
    for (const each of [j, gj, palette]) registry.add(each);
    expect(registry.press(key("j"), true, 0)).toBe(true);
    expect(registry.press(key("g"), true, 10)).toBe(true);
    expect(registry.press(key("j"), true, 500)).toBe(true);
    expect(registry.press(key("K", true), true, 600)).toBe(true);
    expect([j.run, gj.run, palette.run].map((run) => run.mock.calls.length)).toEqual([1, 1, 1]);
  });

  it("forget the first key of a sequence after a while", () => {
    const registry = createShortcutRegistry();
    const [j, gj] = [shortcut("j"), shortcut("g j")];
    registry.add(j);
    registry.add(gj);
    registry.press(key("g"), true, 0);
    registry.press(key("j"), true, 5_000);
    expect([j.run, gj.run].map((run) => run.mock.calls.length)).toEqual([1, 0]);
  });

  it("leave single keys alone when they are switched off, but not combinations", () => {
    const registry = createShortcutRegistry();
    const [j, palette] = [shortcut("j"), shortcut("mod+k")];
    registry.add(j);
    registry.add(palette);
    expect(registry.press(key("j"), false, 0)).toBe(false);
    expect(registry.press(key("k", true), false, 0)).toBe(true);
    expect(j.run).not.toHaveBeenCalled();
  });

  it("prefer the one added last and give way when it is gone", () => {
    const registry = createShortcutRegistry();
    const [shell, page] = [shortcut("c"), shortcut("c")];
    registry.add(shell);
    const remove = registry.add(page);
    registry.press(key("c"), true, 0);
    remove();
    registry.press(key("c"), true, 0);
    expect([shell.run, page.run].map((run) => run.mock.calls.length)).toEqual([1, 1]);
    expect(registry.list()).toEqual([shell]);
  });

  it("leave other keys to the browser", () => {
    const registry = createShortcutRegistry();
    registry.add(shortcut("j"));
    expect(registry.press(key("x"), true, 0)).toBe(false);
    expect(registry.press(key("j", true), true, 0)).toBe(false);
    expect(registry.press({ key: "j", mod: false, alt: true }, true, 0)).toBe(false);
  });
});
