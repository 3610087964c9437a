import type { ChunkAnalysis } from "@/server/tasks/document/analysis";
import type { ReportSummary } from "@/server/tasks/document/report-summary";

export interface ReportChunk {
  no: number;
  fileName: string;
  page: number;
  text: string;
  /** ISO 639-1 or `und`; picks the stemmer of the full-text index. */
  language: string;
  /** Null when the chunk's branch failed and was tolerated. */
  analysis: ChunkAnalysis | null;
}

export interface ReportToPublish {
  jobId: string;
  title: string;
  summary: ReportSummary;
  /** Who approved, as shown to people. */
  decidedBy: string | null;
  comment: string | null;
  chunks: AsyncIterable<ReportChunk>;
}

/** The writing side of the published reports, as `publish_report` uses it. */
export interface ReportWriter {
  /**
   * Publishes all or nothing, once per job: repeated, it answers the id of what stands and changes nothing. The report
   * belongs to the job's own client.
   */
  publish(report: ReportToPublish): Promise<{ reportId: string; created: boolean }>;
}
