import { expect, test } from "vitest";
import { apiPlaceOf, isApiRequest, mountedPath } from "@/server/http/api-path";

test.each([
  ["/api/v1/jobs/1", "api", "/api/v1/jobs/1"],
  ["/api/jobs/1", "api", "/api/v1/jobs/1"],
  ["/api/v2/jobs/1", "api", "/api/v1/jobs/1"],
  ["/api/vjobs", "api", "/api/v1/vjobs"],
  ["/api/v1", "api", "/api/v1"],
  ["/api/auth/sign-in/email", "api", "/api/auth/sign-in/email"],
  ["/_worker/workers/v1", "", "/_worker/workers/v1"],
  ["/_public/status", "", "/_public/status"],
  ["/healthz", "", "/healthz"],
  ["/api/livez", "api", "/livez"],
  ["/api/readyz/db", "api", "/readyz/db"],
  ["/startupz", "", "/startupz"],
  ["/api/readyz/db/more", "api", "/api/v1/readyz/db/more"],
  ["/acme/flows/v3/jobs", "acme/flows", "/api/v1/jobs"],
  ["/acme/flowsheet/jobs", "acme/flows", "/acme/flowsheet/jobs"],
  ["/acme/jobs", "acme/flows", "/acme/jobs"],
  ["/v1/jobs", "", "/api/v1/jobs"],
  ["/jobs", "", "/api/v1/jobs"],
])("%s with the prefix '%s' is answered by %s", (path, prefix, mounted) => {
  expect(mountedPath(path, prefix)).toBe(mounted);
});

test("a place keeps the version and what stood before, for the blueprints' endpoints", () => {
  expect(apiPlaceOf("/acme/v2/jobs/video", "acme")).toEqual({ version: "v2", rest: "/jobs/video", base: "/acme/v2" });
  expect(apiPlaceOf("/jobs/video", "")).toEqual({ version: null, rest: "/jobs/video", base: "" });
  expect(apiPlaceOf("/elsewhere", "acme")).toBeNull();
});

test.each([
  ["/api/v1/jobs", {}, "api", true],
  ["/skills/call", {}, "api", true],
  ["/livez?verbose", {}, "api", true],
  ["/readyz/db", {}, "api", true],
  ["/readyzz", {}, "api", false],
  ["/jobs", { "x-client-token": "t" }, "api", false],
  ["/apiary", {}, "api", false],
  ["/acme/jobs?x=1", {}, "acme", true],
  ["/acmeworks", {}, "acme", false],
  ["/jobs", {}, "", false],
  ["/", { cookie: "c" }, "", false],
  ["/v1/jobs", {}, "", true],
  ["/jobs?limit=1", { "x-client-token": "t" }, "", true],
  ["/jobs", { authorization: "Bearer t" }, "", true],
  ["/jobs", { authorization: "Basic t" }, "", false],
])("%s with %j and the prefix '%s' goes to the API: %s", (url, headers, prefix, api) => {
  expect(isApiRequest(url, headers, prefix)).toBe(api);
});
