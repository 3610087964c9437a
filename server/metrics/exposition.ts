import type { Registry } from "prom-client";

const OPEN_METRICS = "application/openmetrics-text";
const OPEN_METRICS_TYPE = `${OPEN_METRICS}; version=1.0.0; charset=utf-8`;

/** The figures of a registry, in the format that `accept` asks for (null: not sent): Prometheus text, or OpenMetrics. */
export async function expositionOf(
  registry: Registry,
  accept: string | null,
): Promise<{ contentType: string; body: string }> {
  const text = await registry.metrics();
  if (!wantsOpenMetrics(accept)) return { contentType: registry.contentType, body: text };
  return { contentType: OPEN_METRICS_TYPE, body: openMetricsOf(text) };
}

/** Whether OpenMetrics is named, and liked no less than plain text. */
export function wantsOpenMetrics(accept: string | null): boolean {
  const liked = (type: string) => Math.max(0, ...weightsOf(accept ?? "", type));
  const open = liked(OPEN_METRICS);
  return open > 0 && open >= liked("text/plain");
}

function weightsOf(accept: string, wanted: string): number[] {
  return accept.split(",").flatMap((part) => {
    const [type = "", ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
    if (type !== wanted) return [];
    const weight = Number(parameters.find((word) => word.startsWith("q="))?.slice(2) ?? 1);
    return [Number.isFinite(weight) ? weight : 0];
  });
}

/**
 * The text format as OpenMetrics: counters are described without their `_total`, bounds of buckets are written as floats,
 * no line is empty, and the last one says that it is. Done on the text, because the registry would rename its counters
 * for good when it is asked for that format.
 */
export function openMetricsOf(text: string): string {
  const lines = text.split("\n").filter((line) => line !== "");
  const counters = new Set(lines.flatMap((line) => /^# TYPE (\S+)_total counter$/.exec(line)?.[1] ?? []));
  const described = lines.map((line) => {
    if (!line.startsWith("#")) return line.replace(/([{,]le=")(\d+)"/, '$1$2.0"');
    const [, word, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    const family = name.replace(/_total$/, "");
    return name !== family && counters.has(family) ? `# ${word} ${family} ${rest}` : line;
  });
  return `${described.join("\n")}\n# EOF\n`;
}
