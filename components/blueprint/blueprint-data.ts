import { api } from "@/components/data/api";
import type { BlueprintDetail, BlueprintRow, BlueprintVersion } from "@/lib/api/blueprint";

/** The catalogue, under one key for all who show it. */
export const BLUEPRINTS_KEY = ["blueprints"] as const;

export function fetchBlueprints({ signal }: { signal: AbortSignal }): Promise<BlueprintRow[]> {
  return api.get<BlueprintRow[]>("/api/v1/blueprints", { signal });
}

/** A blueprint with its document: the current version, or the one named. */
export function blueprintQuery(name: string, version: number | null) {
  return {
    queryKey: ["blueprint", name, version] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      api.get<BlueprintDetail>(`/api/v1/blueprints/${encodeURIComponent(name)}`, { query: { version }, signal }),
  };
}

export function versionsQuery(name: string) {
  return {
    queryKey: ["blueprint-versions", name] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      api.get<BlueprintVersion[]>(`/api/v1/blueprints/${encodeURIComponent(name)}/versions`, { signal }),
  };
}
