import { createHash } from "node:crypto";
import type { DBAdapter, Where } from "better-auth";

/**
 * Wraps better-auth's store so that a session's token is kept as its SHA-256 only: who reads the table cannot sign in
 * with what is in it. Callers go on using the token itself.
 */
export function hashedSessions(adapter: DBAdapter): DBAdapter {
  const isSession = (model: string) => model === "session";
  return {
    ...adapter,
    async create<T extends object, R = T>(data: Parameters<DBAdapter["create"]>[0]): Promise<R> {
      if (!isSession(data.model)) return adapter.create<T, R>(data as never);
      const { token } = data.data as { token?: unknown };
      const created = await adapter.create<T, R>({ ...data, data: { ...data.data, token: hashed(token) } } as never);
      return { ...created, token };
    },
    async findOne<T>(data: Parameters<DBAdapter["findOne"]>[0]) {
      if (!isSession(data.model)) return adapter.findOne<T>(data);
      const { where, raw } = hashedWhere(data.where);
      const found = await adapter.findOne<T>({ ...data, where: where ?? [] });
      return found === null ? null : withRaw(found, raw);
    },
    async findMany<T>(data: Parameters<DBAdapter["findMany"]>[0]) {
      if (!isSession(data.model)) return adapter.findMany<T>(data);
      const { where, raw } = hashedWhere(data.where);
      const found = await adapter.findMany<T>({ ...data, ...(where ? { where } : {}) });
      return found.map((row) => withRaw(row, raw));
    },
    async update<T>(data: Parameters<DBAdapter["update"]>[0]) {
      if (!isSession(data.model)) return adapter.update<T>(data);
      const { where, raw } = hashedWhere(data.where);
      const updated = await adapter.update<T>({ ...data, where: where ?? [] });
      return updated === null ? null : withRaw(updated, raw);
    },
    updateMany: (data) =>
      adapter.updateMany(isSession(data.model) ? { ...data, where: hashedWhere(data.where).where ?? [] } : data),
    delete: (data) =>
      adapter.delete(isSession(data.model) ? { ...data, where: hashedWhere(data.where).where ?? [] } : data),
    deleteMany: (data) =>
      adapter.deleteMany(isSession(data.model) ? { ...data, where: hashedWhere(data.where).where ?? [] } : data),
    count(data) {
      const { where } = hashedWhere(data.where);
      return adapter.count(isSession(data.model) && where ? { ...data, where } : data);
    },
    transaction: (work) => adapter.transaction((inner) => work(hashedSessions(inner as DBAdapter))),
  };
}

function hashed(token: unknown): unknown {
  return typeof token === "string" ? createHash("sha256").update(token).digest("hex") : token;
}

/** Conditions on the token ask for its hash; `raw` finds the token of a hash again. */
function hashedWhere(where: Where[] | undefined): { where: Where[] | undefined; raw: Map<unknown, unknown> } {
  const raw = new Map<unknown, unknown>();
  const remember = (token: unknown) => {
    const hash = hashed(token);
    raw.set(hash, token);
    return hash as string;
  };
  const conditions = where?.map((condition) => {
    if (condition.field !== "token") return condition;
    const { value } = condition;
    return { ...condition, value: Array.isArray(value) ? value.map(remember) : remember(value) };
  });
  return { where: conditions, raw };
}

function withRaw<T>(row: T, raw: Map<unknown, unknown>): T {
  const { token } = row as { token?: unknown };
  return raw.has(token) ? { ...row, token: raw.get(token) } : row;
}
