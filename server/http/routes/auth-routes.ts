import { ApiError } from "@/server/errors";
import { AUTH_PATHS } from "@/server/operators/operators";
import { forgetAttempts, limitSignIn } from "@/server/operators/sign-in-limit";
import { writeAudit } from "@/server/store/audit-log";
import type { HttpDeps } from "../http-deps";
import { readJson } from "../read-body";
import { refuseCrossSite } from "../same-origin";

const BASE = "/api/auth";

/**
 * `/api/auth/*`: the sign-in library's own endpoints, only those of `AUTH_PATHS`. Attempts are counted in front of it, its
 * cross-site check is ours, and its errors get our shape.
 */
export async function answerAuth(
  request: Request,
  url: URL,
  remoteAddress: string | null,
  deps: HttpDeps,
): Promise<Response> {
  const path = url.pathname.slice(BASE.length);
  const method = Object.hasOwn(AUTH_PATHS, path) ? AUTH_PATHS[path] : undefined;
  if (!method) throw new ApiError(404, "not_found", "There is nothing at this path");
  if (request.method !== method) {
    throw new ApiError(405, "method_not_allowed", `${request.method} is not taken here`, {
      headers: { allow: method },
    });
  }
  if (method === "GET") return shaped(await deps.operators.handle(request), deps);
  refuseCrossSite(request, deps.config.publicUrl);
  const body = await readJson(request);
  const email = path === "/sign-in/email" ? emailOf(body) : null;
  if (email !== null) await limitSignIn(deps.database, email, remoteAddress);
  const answer = await deps.operators.handle(
    new Request(request.url, {
      method,
      headers: withoutBodyHeaders(request.headers),
      body: JSON.stringify(body ?? {}),
    }),
  );
  if (email !== null && answer.ok) await signedIn(answer.clone(), email, deps);
  return shaped(answer, deps);
}

async function signedIn(answer: Response, email: string, deps: HttpDeps): Promise<void> {
  await forgetAttempts(deps.database, email);
  const { user } = (await answer.json()) as { user: { id: string; name: string } };
  const by = { kind: "operator", id: user.id, name: user.name } as const;
  await writeAudit(deps.database, { by, action: "operator.sign_in", target: ["operator", user.id] });
}

function emailOf(body: unknown): string {
  const { email } = (body ?? {}) as { email?: unknown };
  return typeof email === "string" ? email : "";
}

function withoutBodyHeaders(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of ["content-length", "transfer-encoding"]) kept.delete(name);
  kept.set("content-type", "application/json");
  return kept;
}

/** Success as it is, without the token that the cookie carries; failure in our shape, with the library's `message` beside it. */
async function shaped(answer: Response, deps: HttpDeps): Promise<Response> {
  const text = await answer.text();
  const body = parsed(text);
  const headers = new Headers({ "content-type": "application/json" });
  for (const cookie of answer.headers.getSetCookie()) headers.append("set-cookie", cookie);
  if (answer.ok) {
    if (body && "token" in body) delete body.token;
    const session = body?.session as { token?: unknown } | undefined;
    if (session) delete session.token;
    return new Response(body === undefined ? text : JSON.stringify(body), { status: answer.status, headers });
  }
  if (answer.status >= 500)
    deps.log.error("the sign-in library failed", { status: answer.status, answer: text.slice(0, 500) });
  const message = typeof body?.message === "string" ? body.message : "The request was refused";
  const code =
    answer.status === 401
      ? "wrong_credentials"
      : answer.status === 403
        ? "forbidden"
        : answer.status >= 500
          ? "internal"
          : "invalid_request";
  return new Response(JSON.stringify({ error: message, code, message }), { status: answer.status, headers });
}

function parsed(text: string): Record<string, unknown> | null | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    // An empty answer is one of the library's ways to say yes.
    return undefined;
  }
}
