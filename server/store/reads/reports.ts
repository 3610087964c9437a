import { type SQL, sql } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { allSearchConfigs } from "@/server/store/schema/reports";
import type { ChunkAnalysis } from "@/server/tasks/document/analysis";
import type { ReportSummary } from "@/server/tasks/document/report-summary";

/** Whose reports are read: one client's, or with null everybody's (operators). */
export type ReportOwner = number | null;

export interface ReportHead {
  id: string;
  jobId: string;
  title: string;
  decidedBy: string | null;
  comment: string | null;
  createdAt: Date;
}

export interface PublishedReport extends ReportHead {
  summary: ReportSummary;
}

export interface ReportListItem extends ReportHead {
  totals: ReportSummary["totals"];
}

export interface PublishedChunk {
  no: number;
  fileName: string;
  page: number;
  language: string;
  text: string;
  analysis: ChunkAnalysis | null;
}

/** A piece of found text; `hit` pieces are what was searched for. Plain text, to be escaped where it is shown. */
export interface Fragment {
  text: string;
  hit: boolean;
}

export interface SearchHit {
  reportId: string;
  title: string;
  no: number;
  fileName: string;
  page: number;
  language: string;
  /** Passages around the hits, each a row of fragments. */
  passages: Fragment[][];
}

const MAX_PAGE = 200;
const MAX_QUERY_CHARACTERS = 200;
// What published text cannot contain, so nobody can forge a highlight.
const HIT_START = "\u0002";
const HIT_END = "\u0003";
const PASSAGE_BREAK = "\u0004";

const head = sql.raw(
  `r.id, r.job_id as "jobId", r.title, r.decided_by as "decidedBy", r.comment, r.created_at as "createdAt"`,
);

/** Null when there is none, or when it is another client's. By primary key. */
export async function readReport(db: NodePgDatabase, id: string, owner: ReportOwner): Promise<PublishedReport | null> {
  const { rows } = await db.execute<Row<PublishedReport>>(sql`
    select ${head}, r.summary from reports r where r.id = ${id}::uuid and ${ownedBy(owner)}`);
  return rows[0] ? dated(rows[0]) : null;
}

/** The report of a job, or null. By the unique index on job_id. */
export async function readReportOfJob(
  db: NodePgDatabase,
  jobId: string,
  owner: ReportOwner,
): Promise<ReportHead | null> {
  const { rows } = await db.execute<Row<ReportHead>>(sql`
    select ${head} from reports r where r.job_id = ${jobId}::uuid and ${ownedBy(owner)}`);
  return rows[0] ? dated(rows[0]) : null;
}

/** Newest first; `before` is the last report of the page above. One client's are read from reports_by_client. */
export async function listReports(
  db: NodePgDatabase,
  options: { owner: ReportOwner; before?: string | undefined; limit: number },
): Promise<ReportListItem[]> {
  const after = options.before
    ? sql`(r.created_at, r.id) < (select b.created_at, b.id from reports b where b.id = ${options.before}::uuid)`
    : sql`true`;
  const { rows } = await db.execute<Row<ReportListItem>>(sql`
    select ${head}, r.summary -> 'totals' as totals from reports r
    where ${ownedBy(options.owner)} and ${after}
    order by r.created_at desc, r.id desc limit ${Math.min(options.limit, MAX_PAGE)}`);
  return rows.map(dated);
}

/** The text of a report in order, from the chunk after `afterNo` (−1 for the first); its owner is to be checked before. By primary key. */
export async function readReportChunks(
  db: NodePgDatabase,
  options: { reportId: string; afterNo: number; limit: number },
): Promise<PublishedChunk[]> {
  const { rows } = await db.execute<Row<PublishedChunk>>(sql`
    select c.no, c.file_name as "fileName", c.page, c.language, c.text, c.analysis from report_chunks c
    where c.report_id = ${options.reportId}::uuid and c.no > ${options.afterNo}
    order by c.no limit ${Math.min(options.limit, MAX_PAGE)}`);
  return rows;
}

/**
 * Chunks that hold the words, best first, in one report or in all that the owner may see. `query` is what people type into a
 * search box: words, "phrases", or, -without; more than 200 characters are cut. Every text is searched with the stemmer of
 * its own language. Served by report_chunks_search, once for each stemmer.
 */
export async function searchReports(
  db: NodePgDatabase,
  options: { owner: ReportOwner; query: string; reportId?: string | undefined; limit: number; offset?: number },
): Promise<SearchHit[]> {
  const words = options.query.replace(/\p{Cc}/gu, " ").slice(0, MAX_QUERY_CHARACTERS);
  const asked = allSearchConfigs.map(
    (config) => sql`(${config}, websearch_to_tsquery(${config}::regconfig, ${words}))`,
  );
  const within = options.reportId ? sql`c.report_id = ${options.reportId}::uuid` : sql`true`;
  const { rows } = await db.execute<Omit<SearchHit, "passages"> & { headline: string }>(sql`
    with asked(config, query) as (values ${sql.join(asked, sql`, `)}),
    hits as (
      select r.title, c.report_id, c.no, c.file_name, c.page, c.language, c.config, c.text, a.query,
             ts_rank_cd(c.search, a.query) as rank
      from asked a
      join report_chunks c on c.search @@ a.query and c.config = a.config
      join reports r on r.id = c.report_id
      where ${ownedBy(options.owner)} and ${within}
      order by rank desc, c.report_id, c.no
      limit ${Math.min(options.limit, MAX_PAGE)} offset ${options.offset ?? 0})
    select h.report_id as "reportId", h.title, h.no, h.file_name as "fileName", h.page, h.language,
           ts_headline(h.config::regconfig, h.text, h.query, ${headlineOptions()}) as headline
    from hits h order by h.rank desc, h.report_id, h.no`);
  return rows.map(({ headline, ...hit }) => ({ ...hit, passages: passagesOf(headline) }));
}

type Row<T> = T & Record<string, unknown>;

function ownedBy(owner: ReportOwner): SQL {
  return owner === null ? sql`true` : sql`r.client_id = ${owner}`;
}

/** The driver leaves instants of raw statements as text. */
function dated<T extends { createdAt: Date }>(row: T): T {
  return { ...row, createdAt: new Date(row.createdAt) };
}

function headlineOptions(): string {
  return `StartSel=${HIT_START}, StopSel=${HIT_END}, FragmentDelimiter=${PASSAGE_BREAK}, MaxFragments=3, MaxWords=28, MinWords=10`;
}

function passagesOf(headline: string): Fragment[][] {
  return headline.split(PASSAGE_BREAK).map((passage) =>
    passage
      .split(HIT_START)
      .flatMap((part, index): Fragment[] => {
        if (index === 0) return [{ text: part, hit: false }];
        const [hit = "", rest = ""] = part.split(HIT_END);
        return [
          { text: hit, hit: true },
          { text: rest, hit: false },
        ];
      })
      .filter((fragment) => fragment.text !== ""),
  );
}
