import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHost, hostApi } from "@/test/http/api-host";

const people = {
  two: { name: "Tom", email: "tom@example.com", password: "a password of tom", role: "approver" },
  wei: { name: "Wei", email: "wei@example.com", password: "a password of wei", role: "approver" },
  olga: { name: "Olga", email: "olga@example.com", password: "a password of olga", role: "operator" },
} as const;

const states = (approval: object) => ({
  ask: { type: "approval", start: true, message: "Pay ${initial_data.amount}?", ...approval },
  paid: { type: "end", outcome: "success" },
  refused: { type: "end", outcome: "failure" },
});
const transitions = { approved: "paid", rejected: "refused" };

let api: ApiHost;
const cookies: Record<string, string> = {};
beforeAll(async () => {
  api = await hostApi();
  for (const [key, person] of Object.entries(people)) {
    await api.deps.operators.create({ ...person });
    cookies[key] = await api.signIn(person);
  }
  await api.put({
    name: "four_eyes",
    states: states({ approvers: ["role:approver"], quorum: 2, deny_starter: true, transitions }),
  });
  await api.put({ name: "named", states: states({ approvers: ["user:wei@example.com"], transitions }) });
  await api.put({
    name: "owner",
    states: states({ approvers: ["client:owner"], transitions: { ...transitions, later: "refused" } }),
  });
  await api.put({
    name: "strict_owner",
    states: states({ approvers: ["client:owner"], deny_starter: true, transitions }),
  });
});
afterAll(() => api?.stop());

async function asked(blueprint: string): Promise<{ job: string; approval: string }> {
  const job = await api.start(blueprint, { amount: 12 });
  return { job, approval: (await api.until(job, "waiting_for_human")).approval_id };
}
const decide = (approval: string, decision: string, options: { cookie?: string; token?: string } = {}) =>
  api.call("POST", `/api/v1/approvals/${approval}/decide`, { decision, comment: "seen" }, options);

test("two different approvers are needed; one voice counts once; the inbox follows", async () => {
  const { job, approval } = await asked("four_eyes");
  const mine = async (cookie = "") => (await api.call("GET", "/api/v1/approvals?mine=1", undefined, { cookie })).body;
  expect(await mine(cookies.two)).toMatchObject([
    { approval_id: approval, message: "Pay 12?", may_decide: true, quorum: 2, decisions: ["approved", "rejected"] },
  ]);
  expect(await mine(cookies.olga)).toEqual([]);
  const first = await decide(approval, "approved", { cookie: cookies.two });
  expect(first.body).toMatchObject({ status: "recorded", job_status: "waiting_for_human" });
  const again = await decide(approval, "approved", { cookie: cookies.two });
  expect([again.status, again.body.code]).toEqual([409, "already_decided"]);
  expect(await mine(cookies.two)).toMatchObject([
    {
      may_decide: false,
      why_not: "already_voted",
      votes: [{ decision: "approved", by: { name: "Tom" }, comment: "seen" }],
    },
  ]);
  const refused = await decide(approval, "approved", { cookie: cookies.olga });
  expect([refused.status, refused.body.error]).toEqual([403, "The approval is put to role:approver"]);
  const second = await decide(approval, "approved", { cookie: cookies.wei });
  expect(second.body).toMatchObject({ status: "decided", state: "paid" });
  await api.until(job, "finished");
  const decided = await api.call("GET", "/api/v1/approvals?status=decided", undefined, { cookie: cookies.two });
  expect(decided.body[0]).toMatchObject({
    approval_id: approval,
    status: "decided",
    outcome: "approved",
    may_decide: false,
    why_not: "closed",
  });
});

test("who started a job may not approve it under four eyes", async () => {
  await api.deps.operators.create({
    name: "Ada",
    email: "ada@example.com",
    password: "a password of ada",
    role: "admin",
  });
  const cookie = await api.signIn({ email: "ada@example.com", password: "a password of ada" });
  const job = await api.start("four_eyes", { amount: 1 }, { cookie });
  for (let n = 0; n < 100; n++)
    if ((await api.call("GET", `/api/v1/jobs/${job}`, undefined, { cookie })).body.status === "waiting_for_human")
      break;
  const { approval_id } = (await api.call("GET", `/api/v1/jobs/${job}`, undefined, { cookie })).body;
  const refused = await decide(approval_id, "approved", { cookie });
  expect([refused.status, refused.body.error]).toEqual([403, "Who started the job may not decide it"]);
});

test("an approval put to one person is that person's", async () => {
  const { approval } = await asked("named");
  expect((await decide(approval, "approved", { cookie: cookies.two })).status).toBe(403);
  expect((await decide(approval, "approved")).status).toBe(403);
  expect((await decide(approval, "approved", { cookie: cookies.wei })).status).toBe(200);
});

test("the job's client decides where it is an approver, never under four eyes; by the webhook of the reference too", async () => {
  const { job } = await asked("owner");
  const hook = (id: string, body: object, token?: string | null) =>
    api.call("POST", `/_public/webhooks/approval/${id}`, body, token === undefined ? {} : { token });
  expect((await hook(job, { decision: "later" }, null)).status).toBe(401);
  expect((await hook(job, {})).body.error).toMatch(/decision is required in body/);
  expect((await hook(job, { decision: "no such" })).body.error).toBe("Invalid decision 'no such' for this job");
  expect((await hook(job, { decision: "later" })).body).toEqual({ status: "approval_received", job_id: job });
  await api.until(job, "failed");
  expect((await hook(job, { decision: "later" })).status).toBe(409);
  const strict = await asked("strict_owner");
  expect((await decide(strict.approval, "approved")).status).toBe(403);
});

test("the detail shows what is decided by", async () => {
  const { approval } = await asked("owner");
  const detail = (await api.call("GET", `/api/v1/approvals/${approval}`)).body;
  expect(detail).toMatchObject({
    input: { amount: 12 },
    transitions: { approved: "paid", rejected: "refused", later: "refused" },
    starter: { kind: "client", name: "environment" },
    form: null,
    deny_starter: false,
  });
});

test("the overview counts what is due for the caller", async () => {
  await asked("named");
  const wei = (await api.call("GET", "/api/v1/overview", undefined, { cookie: cookies.wei })).body;
  expect(wei.approvals_due.mine).toBeGreaterThan(0);
  expect(wei.approvals_due.rows.every((row: { may_decide: boolean }) => row.may_decide)).toBe(true);
  expect(wei.display_counts.needs_approval).toBe(wei.counts.waiting_for_human);
  expect(wei.ended).toHaveLength(96);
  expect(wei.ended.reduce((sum: number, bucket: { failed: number }) => sum + bucket.failed, 0)).toBe(wei.counts.failed);
});

test("the overview shows what is overdue first, then what is due soonest, and last what has no deadline", async () => {
  const expected = new Map<string, string>();
  for (const due of ["1 day", "-1 hour", "2 days", "1 minute"]) {
    const { job, approval } = await asked("named");
    await api.deps.database.pool.query("update approvals set deadline_at = now() + $2::interval where job_id = $1", [
      job,
      due,
    ]);
    expected.set(due, approval);
  }
  // Newer than all of these, and more than the overview has room for.
  for (let n = 0; n < 5; n++) await asked("named");
  const { rows } = (await api.call("GET", "/api/v1/overview", undefined, { cookie: cookies.wei })).body.approvals_due;
  expect(rows.map((row: { approval_id: string }) => row.approval_id).slice(0, 4)).toEqual(
    ["-1 hour", "1 minute", "1 day", "2 days"].map((due) => expected.get(due)),
  );
  expect(rows).toHaveLength(5);
  expect(rows[4].deadline_at).toBeNull();
});
