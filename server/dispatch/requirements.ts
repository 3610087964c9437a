import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";
import { meets, unmetMember } from "./matching";
import type { ArtifactCard, DeviceCard, WorkerCard } from "./worker-card";

/** What a task asks of the machine, all versions of the document read into one shape. */
export interface ResourceWish {
  properties: JsonObject;
  devices: JsonObject[];
}

/** `{devices, properties}`, or the properties flat beside `devices` and an old `gpu_info`. */
export function resourceWishOf(resources: JsonObject): ResourceWish {
  const { devices, properties, gpu_info, ...flat } = resources;
  const asked = Array.isArray(devices) ? devices.filter(isJsonObject) : [];
  if (isJsonObject(gpu_info)) asked.push(gpuDevice(gpu_info) as unknown as JsonObject);
  return { properties: { ...flat, ...(isJsonObject(properties) ? properties : {}) }, devices: asked };
}

/** The old way to tell of one graphics card: its model, and anything else as its properties. */
export function gpuDevice(gpu: JsonObject): DeviceCard {
  const { model, type: _type, ...properties } = gpu;
  return { type: "gpu", ...(typeof model === "string" ? { model } : {}), properties };
}

/** The first property that the machine does not meet, or the first device that it lacks. */
export function resourceFault(has: WorkerCard["resources"], wish: ResourceWish): string | null {
  const property = unmetMember(has.properties, wish.properties);
  if (property !== null) return property;
  const missing = missingDevice(has.devices, wish.devices);
  return missing && deviceName(missing);
}

function deviceName(device: JsonObject): string {
  const words = [device.type, device.model].filter((word) => typeof word === "string");
  return words.length > 0 ? words.join(" ") : "device";
}

/** Devices looked at on either side. */
const MOST_DEVICES = 64;

/**
 * The first device asked for that cannot be had beside those before it: each takes a device of its own. By augmenting
 * paths, so that a modest wish never takes the only device that a demanding one could have had.
 */
function missingDevice(has: DeviceCard[], asked: JsonObject[]): JsonObject | null {
  const devices = has.slice(0, MOST_DEVICES);
  const takenBy = new Map<number, number>();
  function take(wish: number, tried: Set<number>): boolean {
    for (const [index, device] of devices.entries()) {
      if (tried.has(index) || !deviceMeets(device, asked[wish] as JsonObject)) continue;
      tried.add(index);
      const other = takenBy.get(index);
      if (other === undefined || take(other, tried)) {
        takenBy.set(index, wish);
        return true;
      }
    }
    return false;
  }
  const wishes = Math.min(asked.length, MOST_DEVICES + 1);
  for (let wish = 0; wish < wishes; wish++) if (!take(wish, new Set())) return asked[wish] as JsonObject;
  return null;
}

function deviceMeets(device: DeviceCard, asked: JsonObject): boolean {
  const { type, model, id, properties } = asked;
  if (type !== undefined && type !== null && type !== device.type) return false;
  if (id !== undefined && id !== null && id !== device.id) return false;
  if (typeof model === "string" && !(device.model ?? "").toLowerCase().includes(model.toLowerCase())) return false;
  return !isJsonObject(properties) || unmetMember(device.properties, properties) === null;
}

/** The first artifact that is not there; each is a name, or a name with a version, a type and properties. */
export function missingArtifact(has: ArtifactCard[], asked: JsonValue[]): string | null {
  for (const wish of asked) {
    const one = typeof wish === "string" ? { name: wish } : isJsonObject(wish) ? wish : null;
    if (one === null || typeof one.name !== "string") return JSON.stringify(wish);
    if (!has.some((artifact) => artifactMeets(artifact, one))) return one.name;
  }
  return null;
}

function artifactMeets(artifact: ArtifactCard, asked: JsonObject): boolean {
  const { name, version, type, properties } = asked;
  if (name !== artifact.name) return false;
  if (isAsked(version) && version !== "unknown" && !meets(artifact.version, String(version))) return false;
  if (isAsked(type) && type !== artifact.type) return false;
  return !isJsonObject(properties) || unmetMember(artifact.properties, properties) === null;
}

function isAsked(value: JsonValue | undefined): value is Exclude<JsonValue, null> {
  return value !== undefined && value !== null;
}
