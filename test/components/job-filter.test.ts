import { describe, expect, it } from "vitest";
import { isFiltered, jobFilterOf, jobQueryOf, jobSearchOf } from "@/components/jobs/job-filter";
import { jobListQuery } from "@/lib/api/job";

const filterOf = (search: string) => jobFilterOf(new URLSearchParams(search));
const NOW = Date.parse("2026-11-21T12:00:00Z");

describe("the job list's filter", () => {
  it("is the same after it went through the address", () => {
    const search =
      "status=failed%2Cquarantined&blueprint=video&label=customer%3Dacme&label=lang%3Des&time=24h&q=bad+file";
    expect(jobSearchOf(filterOf(search)).toString()).toBe(search);
  });

  it.each([
    ["status=failed,nonsense,not_reached", { statuses: ["failed"] }],
    ["time=forever", { range: null }],
    ["label=%3Dvalue&label=plain", { labels: [] }],
    ["from=yesterday", { from: null }],
    ["", { statuses: [], blueprint: null, labels: [], range: null, text: "", cursor: null }],
  ])("leaves out what it does not know: %s", (search, expected) => {
    expect(filterOf(search)).toMatchObject(expected);
  });

  it("asks the API in its own words", () => {
    expect(jobQueryOf(filterOf("label=a%3Db%3Dc&time=1h&q=%20x%20&status=failed"), NOW)).toEqual({
      status: "failed",
      blueprint: null,
      "label.a": "b=c",
      from: "2026-11-21T11:00:00.000Z",
      to: null,
      q: "x",
      parent: null,
      cursor: null,
    });
  });

  it("lets an exact time win over a relative one", () => {
    const query = jobQueryOf(filterOf("time=7d&from=2026-11-20T00:00:00Z"), NOW);
    expect(query).toMatchObject({ from: "2026-11-20T00:00:00.000Z", to: null });
  });

  it("asks only what the API takes", () => {
    const query = jobQueryOf(filterOf("status=running,queued&blueprint=video&time=30d&q=abc"), NOW);
    const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== null));
    expect(jobListQuery.safeParse(given).success).toBe(true);
  });

  it("knows an unfiltered list, wherever one is in it", () => {
    expect(isFiltered(filterOf("cursor=019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b"))).toBe(false);
    expect(isFiltered(filterOf("q=a"))).toBe(true);
  });
});
