import { afterAll, beforeAll, expect, test } from "vitest";
import { ADMIN, type ApiHost, hostApi } from "@/test/http/api-host";

const people = {
  tom: { name: "Tom", email: "tom@example.com", password: "a password of tom", role: "approver" },
  wei: { name: "Wei", email: "wei@example.com", password: "a password of wei", role: "approver" },
  olga: { name: "Olga", email: "olga@example.com", password: "a password of olga", role: "operator" },
  vic: { name: "Vic", email: "vic@example.com", password: "a password of vic", role: "viewer" },
} as const;
type Who = keyof typeof people | "admin";

const done = { type: "end", outcome: "success" };
const refused = { type: "end", outcome: "failure" };
const asks = (name: string, approval: object) => ({
  name,
  states: {
    ask: {
      type: "approval",
      start: true,
      message: "Pay?",
      transitions: { approved: "done", rejected: "refused" },
      ...approval,
    },
    done,
    refused,
  },
});

let api: ApiHost;
const cookies = new Map<Who, string>();
const ids = new Map<string, string>();
beforeAll(async () => {
  api = await hostApi();
  for (const [key, person] of Object.entries(people)) {
    ids.set(key, (await api.deps.operators.create({ ...person }))?.id ?? "");
    cookies.set(key as Who, await api.signIn(person));
  }
  cookies.set("admin", await api.signIn(ADMIN));
  await api.put(asks("by_group", { approvers: ["group:finance"] }));
  await api.put(asks("two", { approvers: ["role:approver"], quorum: 2 }));
  await api.put(asks("tom_only", { approvers: ["user:tom@example.com"] }));
  await api.put(
    asks("escalates", {
      approvers: ["user:tom@example.com"],
      escalate: [
        { after_seconds: 0.2, to: ["user:wei@example.com"] },
        { after_seconds: 0.4, to: ["group:finance"] },
      ],
    }),
  );
  await api.put(
    asks("expires", {
      approvers: ["user:tom@example.com"],
      deadline_seconds: 0.3,
      transitions: { approved: "done", expired: "refused" },
    }),
  );
  await api.put(
    asks("with_form", {
      approvers: ["role:approver"],
      form: {
        type: "object",
        required: ["amount"],
        properties: { amount: { type: "number", maximum: 100 }, note: { type: "string" } },
      },
    }),
  );
});
afterAll(() => api?.stop());

const as = (who: Who) => ({ cookie: cookies.get(who) ?? "" });
const post = (approval: string, word: string, who: Who, body: object = {}) =>
  api.call("POST", `/api/v1/approvals/${approval}/${word}`, body, as(who));
const decide = (approval: string, who: Who, body: object = {}) =>
  post(approval, "decide", who, { decision: "approved", ...body });
const row = async (approval: string, who: Who = "admin") =>
  (await api.call("GET", `/api/v1/approvals/${approval}`, undefined, as(who))).body;

async function asked(blueprint: string): Promise<{ job: string; approval: string }> {
  const job = await api.start(blueprint);
  return { job, approval: (await api.until(job, "waiting_for_human")).approval_id };
}

const setGroups = (who: string, groups: unknown, by: Who = "admin") =>
  api.call("PUT", `/api/v1/operators/${ids.get(who)}/groups`, { groups }, as(by));

test("an admin says who is in a group, and a group's members decide what is put to it", async () => {
  const { job, approval } = await asked("by_group");
  expect((await decide(approval, "wei")).status).toBe(403);
  expect((await setGroups("wei", ["finance", "legal", "finance"])).body).toMatchObject({
    email: "wei@example.com",
    groups: ["finance", "legal"],
  });
  const mine = await api.call("GET", "/api/v1/approvals?mine=true", undefined, as("wei"));
  expect(mine.body.map((each: { approval_id: string }) => each.approval_id)).toContain(approval);
  expect((await decide(approval, "tom")).status).toBe(403);
  expect((await decide(approval, "wei")).body).toMatchObject({ status: "decided", state: "done" });
  await api.until(job, "finished");
  expect((await setGroups("wei", ["finance"], "olga")).status).toBe(403);
  expect((await setGroups("wei", ["no spaces"])).body.details[0].path).toBe("groups[0]");
  expect((await setGroups("nobody", [])).status).toBe(404);
  const listed = await api.call("GET", "/api/v1/operators", undefined, as("admin"));
  expect(listed.body.map((each: { name: string }) => each.name)).toEqual(["ana", "Olga", "Tom", "Vic", "Wei"]);
});

test("an address counts whatever its case, for the decision and in the inbox", async () => {
  await api.put(asks("shouted", { approvers: ["user:Tom@Example.COM"] }));
  const { approval } = await asked("shouted");
  const mine = async (who: Who) =>
    (await api.call("GET", "/api/v1/approvals?mine=1", undefined, as(who))).body.map(
      (each: { approval_id: string }) => each.approval_id,
    );
  expect([(await mine("tom")).includes(approval), (await mine("wei")).includes(approval)]).toEqual([true, false]);
  expect((await decide(approval, "tom")).status).toBe(200);
});

test("delegation puts it to more people; only who may decide may delegate", async () => {
  const { approval } = await asked("tom_only");
  const foreign = await post(approval, "delegate", "wei", { to: ["user:wei@example.com"] });
  expect([foreign.status, foreign.body.details[0].approvers]).toEqual([403, ["user:tom@example.com"]]);
  for (const to of [[], ["wei"], ["client:owner"], "user:wei@example.com", undefined])
    expect([to, (await post(approval, "delegate", "tom", { to })).status]).toEqual([to, 400]);
  const unknown = await post(approval, "delegate", "tom", { to: ["group:legal", "role:king"] });
  expect([unknown.status, unknown.body.details[0].path]).toEqual([400, "to[1]"]);
  const delegated = await post(approval, "delegate", "tom", { to: ["user:wei@example.com"], comment: "on holiday" });
  expect(delegated.body).toMatchObject({
    version: 2,
    approvers: ["user:tom@example.com", "user:wei@example.com"],
    may_decide: true,
  });
  expect((await decide(approval, "wei")).status).toBe(200);
  const late = await post(approval, "delegate", "tom", { to: ["role:admin"] });
  expect([late.status, late.body.error]).toEqual([409, "The approval was decided already, as approved, by Wei"]);
});

test("a vote is taken back by who gave it, before the quorum, and may be given again", async () => {
  const { job, approval } = await asked("two");
  expect((await post(approval, "withdraw", "tom")).status).toBe(409);
  expect((await decide(approval, "tom")).body).toMatchObject({ status: "recorded", version: 2 });
  expect(await row(approval, "tom")).toMatchObject({ may_decide: false, may_withdraw: true, why_not: "already_voted" });
  const not_mine = await post(approval, "withdraw", "wei");
  expect([not_mine.status, not_mine.body.error]).toEqual([
    409,
    "You have not decided, so there is nothing to take back",
  ]);
  expect((await post(approval, "withdraw", "tom")).body).toMatchObject({ votes: [], version: 3, may_decide: true });
  expect((await decide(approval, "wei")).body.status).toBe("recorded");
  expect((await api.call("GET", `/api/v1/jobs/${job}`)).body.status).toBe("waiting_for_human");
  expect((await decide(approval, "tom")).body).toMatchObject({ status: "decided", state: "done" });
  expect((await post(approval, "withdraw", "tom")).status).toBe(409);
  const { rows } = await api.deps.database.pool.query(
    "select action, actor_name from audit where target_kind = 'approval' and target_id = $1 order by id",
    [approval],
  );
  expect(rows.map((each) => `${each.actor_name} ${each.action}`)).toEqual([
    "Tom approval.decide",
    "Tom approval.withdraw",
    "Wei approval.decide",
    "Tom approval.decide",
  ]);
});

test("who names the version that it saw decides nothing that changed since, and sees what it is now", async () => {
  const { approval } = await asked("two");
  const { version } = await row(approval);
  await post(approval, "delegate", "tom", { to: ["role:operator"], version });
  for (const word of ["decide", "delegate"]) {
    const stale = await post(approval, word, "wei", { decision: "approved", to: ["role:admin"], version });
    expect([word, stale.status, stale.body.code]).toEqual([word, 409, "approval_changed"]);
    expect(stale.body.details[0]).toMatchObject({
      version: version + 1,
      status: "open",
      approvers: ["role:approver", "role:operator"],
    });
  }
  const raced = await Promise.all([
    decide(approval, "tom", { version: version + 1 }),
    decide(approval, "wei", { version: version + 1 }),
  ]);
  expect(raced.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect((await row(approval)).votes).toHaveLength(1);
});

test("when nobody decides, it is put to more people, step by step", async () => {
  const { job, approval } = await asked("escalates");
  await expect
    .poll(async () => (await row(approval)).approvers, { timeout: 60_000 })
    .toEqual(["user:tom@example.com", "user:wei@example.com", "group:finance"]);
  const escalated = (await api.call("GET", `/api/v1/jobs/${job}/history`)).body.filter(
    (event: { event_type: string }) => event.event_type === "approval_escalated",
  );
  expect(escalated.map((event: { data: object }) => event.data)).toMatchObject([
    { step: 0, to: ["user:wei@example.com"] },
    { step: 1, to: ["group:finance"] },
  ]);
  expect((await decide(approval, "wei")).status).toBe(200);
});

test("past its deadline it is expired, and a late decision is told so", async () => {
  const { job, approval } = await asked("expires");
  await api.until(job, "failed");
  expect(await row(approval)).toMatchObject({ status: "expired", outcome: "expired" });
  const late = await decide(approval, "tom");
  expect([late.status, late.body.error]).toEqual([409, "The approval has expired"]);
});

test("the form is checked, field by field; a rejection needs none", async () => {
  const { approval } = await asked("with_form");
  const wrong = await decide(approval, "tom", { values: { amount: 200, note: 3 } });
  expect([wrong.status, wrong.body.code]).toEqual([422, "invalid_data"]);
  expect(wrong.body.details.map((each: { path: string }) => each.path).sort()).toEqual([
    "values.amount",
    "values.note",
  ]);
  expect((await decide(approval, "tom")).body.details[0].path).toBe("values.amount");
  expect((await decide(approval, "vic", { values: { amount: 1 } })).status).toBe(403);
  expect((await post(approval, "decide", "tom", { decision: "rejected" })).body.state).toBe("refused");
});

test("an approval whose job is cancelled or completed by hand is withdrawn, and nobody has decided it", async () => {
  for (const [word, body] of [
    ["cancel", {}],
    ["complete", { outcome: "approved" }],
  ] as const) {
    const { job, approval } = await asked("two");
    await decide(approval, "tom");
    await api.call("POST", `/api/v1/jobs/${job}/${word}`, body);
    expect([word, await row(approval)]).toMatchObject([word, { status: "withdrawn", outcome: null }]);
    const late = await decide(approval, "wei");
    expect([late.status, late.body.error]).toEqual([
      409,
      "The approval was withdrawn: the job has gone on or ended without it",
    ]);
  }
});
