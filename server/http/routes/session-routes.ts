import {
  localSignInBody,
  type Operator,
  type SessionAnswer,
  sessionAnswer,
  setupBody,
  signedIn,
} from "@/lib/api/session";
import { ROLE_PERMISSIONS } from "@/lib/roles";
import { notFound } from "@/server/errors";
import { createFirstOperator, setupRequired } from "@/server/operators/first-operator";
import { localSignIn } from "@/server/operators/local-sign-in";
import { limitSignIn } from "@/server/operators/sign-in-limit";
import { writeAudit } from "@/server/store/audit-log";
import type { HttpDeps } from "../http-deps";
import { ok, operation } from "../operation";
import { PRODUCT_VERSION } from "../product-version";
import { refuseCrossSite } from "../same-origin";

const getSession = operation({
  id: "getSession",
  method: "GET",
  path: "/session",
  tag: "Session",
  summary: "Who is signed in, and what a sign-in page has to offer when nobody is",
  access: "open",
  answers: { 200: { description: "The session", schema: sessionAnswer } },
  async handle({ request, deps }) {
    const operator = request.headers.has("cookie") ? await deps.operators.sessionOf(request.headers) : null;
    const answer: SessionAnswer = {
      operator,
      permissions: operator ? [...ROLE_PERMISSIONS[operator.role]] : [],
      setup_required: operator ? false : await setupRequired(deps.database),
      local: deps.config.local,
      version: PRODUCT_VERSION,
    };
    return ok(answer);
  },
});

const signInLocally = operation({
  id: "signInLocally",
  method: "POST",
  path: "/session/local",
  tag: "Session",
  summary: "Sign in with the one-time link that a local start printed",
  access: "open",
  body: localSignInBody,
  answers: {
    200: { description: "Signed in; the answer sets the session's cookie", schema: signedIn },
    401: { description: "Used, or too old" },
  },
  async handle({ body, request, remoteAddress, deps }) {
    if (!deps.config.local) throw notFound("The local sign-in");
    refuseCrossSite(request, deps.config.publicUrl);
    await limitSignIn(deps.database, null, remoteAddress);
    return answerSignedIn(
      await localSignIn(deps.database, deps.operators, body.token, request.headers),
      deps,
      "operator.sign_in_by_link",
    );
  },
});

const setUp = operation({
  id: "setUp",
  method: "POST",
  path: "/setup",
  tag: "Session",
  summary: "Make the first account, an admin's; only while there is none",
  access: "open",
  body: setupBody,
  answers: {
    201: { description: "Made and signed in", schema: signedIn },
    409: { description: "There is an account already" },
  },
  async handle({ body, request, remoteAddress, deps }) {
    refuseCrossSite(request, deps.config.publicUrl);
    await limitSignIn(deps.database, null, remoteAddress);
    const made = await createFirstOperator(deps.database, deps.operators, body, deps.setupToken);
    const answer = await deps.operators.signInAs(made.id, request.headers);
    return answerSignedIn(answer, deps, "operator.set_up", 201);
  },
});

/** Our own body on the library's answer, whose cookie is what matters. */
async function answerSignedIn(answer: Response, deps: HttpDeps, action: string, status = 200): Promise<Response> {
  const cookies = answer.headers.getSetCookie();
  const operator = await operatorOfCookies(cookies, deps);
  if (operator)
    await writeAudit(deps.database, {
      by: { kind: "operator", id: operator.id, name: operator.name },
      action,
      target: ["operator", operator.id],
    });
  const headers = new Headers({ "content-type": "application/json" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(JSON.stringify({ operator }), { status, headers });
}

function operatorOfCookies(cookies: readonly string[], deps: HttpDeps): Promise<Operator | null> {
  const cookie = cookies.map((each) => each.split(";")[0]).join("; ");
  return deps.operators.sessionOf(new Headers({ cookie }));
}

export const sessionRoutes = [getSession, signInLocally, setUp];
