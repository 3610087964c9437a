CREATE TABLE "report_chunks" (
	"report_id" uuid NOT NULL,
	"no" integer NOT NULL,
	"file_name" text NOT NULL,
	"page" integer NOT NULL,
	"language" text NOT NULL,
	"config" text NOT NULL,
	"text" text NOT NULL,
	"analysis" json,
	"search" "tsvector" GENERATED ALWAYS AS (case config when 'english' then to_tsvector('english', text) when 'spanish' then to_tsvector('spanish', text) when 'french' then to_tsvector('french', text) when 'german' then to_tsvector('german', text) when 'portuguese' then to_tsvector('portuguese', text) when 'italian' then to_tsvector('italian', text) else to_tsvector('simple', text) end) STORED NOT NULL,
	CONSTRAINT "report_chunks_report_id_no_pk" PRIMARY KEY("report_id","no"),
	CONSTRAINT "report_chunks_config" CHECK ("report_chunks"."config" in ('english', 'spanish', 'french', 'german', 'portuguese', 'italian', 'simple'))
);
--> statement-breakpoint
CREATE TABLE "reports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"job_id" uuid NOT NULL,
	"client_id" integer NOT NULL,
	"title" text NOT NULL,
	"summary" json NOT NULL,
	"decided_by" text,
	"comment" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "reports_job_id_unique" UNIQUE("job_id")
);
--> statement-breakpoint
ALTER TABLE "report_chunks" ADD CONSTRAINT "report_chunks_report_id_reports_id_fk" FOREIGN KEY ("report_id") REFERENCES "public"."reports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reports" ADD CONSTRAINT "reports_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "report_chunks_search" ON "report_chunks" USING gin ("search");--> statement-breakpoint
CREATE INDEX "reports_by_client" ON "reports" USING btree ("client_id","created_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);