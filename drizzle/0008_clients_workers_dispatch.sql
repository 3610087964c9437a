CREATE TABLE "client_usage" (
	"client_id" integer NOT NULL,
	"month" date NOT NULL,
	"used" integer NOT NULL,
	CONSTRAINT "client_usage_client_id_month_pk" PRIMARY KEY("client_id","month"),
	CONSTRAINT "client_usage_count" CHECK ("client_usage"."used" >= 0)
);
--> statement-breakpoint
CREATE TABLE "worker_sts_tokens" (
	"token_hash" "bytea" PRIMARY KEY NOT NULL,
	"kind" smallint NOT NULL,
	"worker" text NOT NULL,
	"family" uuid NOT NULL,
	"issued_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "worker_sts_tokens_kind" CHECK ("worker_sts_tokens"."kind" in (1, 2))
);
--> statement-breakpoint
CREATE TABLE "worker_reputations" (
	"worker" text PRIMARY KEY NOT NULL,
	"reputation" real NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "worker_reputations_range" CHECK ("worker_reputations"."reputation" between 0 and 1)
);
--> statement-breakpoint
ALTER TABLE "tasks" DROP CONSTRAINT "tasks_status";--> statement-breakpoint
ALTER TABLE "clients" ADD COLUMN "description" text;--> statement-breakpoint
ALTER TABLE "clients" ADD COLUMN "config" json;--> statement-breakpoint
ALTER TABLE "clients" ADD COLUMN "monthly_attempts" integer;--> statement-breakpoint
ALTER TABLE "clients" ADD COLUMN "source" text DEFAULT 'api' NOT NULL;--> statement-breakpoint
ALTER TABLE "worker_tokens" ADD COLUMN "description" text;--> statement-breakpoint
ALTER TABLE "worker_tokens" ADD COLUMN "skills" text[];--> statement-breakpoint
ALTER TABLE "worker_tokens" ADD COLUMN "source" text DEFAULT 'api' NOT NULL;--> statement-breakpoint
ALTER TABLE "worker_sessions" ADD COLUMN "card" json;--> statement-breakpoint
ALTER TABLE "worker_sessions" ADD COLUMN "hot_skills" text[];--> statement-breakpoint
ALTER TABLE "worker_sessions" ADD COLUMN "beat" text;--> statement-breakpoint
ALTER TABLE "worker_sessions" ADD COLUMN "card_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "client_usage" ADD CONSTRAINT "client_usage_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "worker_sts_tokens_family" ON "worker_sts_tokens" USING btree ("family");--> statement-breakpoint
CREATE INDEX "worker_sts_tokens_expires" ON "worker_sts_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "tasks_unplaced" ON "tasks" USING btree ("priority" DESC NULLS FIRST,"job_id","no") WHERE "tasks"."status" = 5;--> statement-breakpoint
CREATE INDEX "tasks_placed" ON "tasks" USING btree ("worker") WHERE "tasks"."status" = 6;--> statement-breakpoint
CREATE INDEX "worker_sessions_card" ON "worker_sessions" USING btree ("card_at");--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_status" CHECK ("tasks"."status" in (0, 1, 2, 3, 4, 5, 6));--> statement-breakpoint
UPDATE "clients" SET "source" = CASE WHEN "id" = 1 THEN 'system' ELSE 'environment' END WHERE "id" = 1 OR "name" = 'environment';--> statement-breakpoint
UPDATE "worker_tokens" SET "source" = 'environment' WHERE "name" = 'GLOBAL_WORKER_TOKEN';
