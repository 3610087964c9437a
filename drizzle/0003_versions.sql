CREATE TABLE "engine_versions" (
	"engine" text NOT NULL,
	"need" text NOT NULL,
	"revision" text,
	CONSTRAINT "engine_versions_engine_need_pk" PRIMARY KEY("engine","need")
);
--> statement-breakpoint
CREATE TABLE "signal_answers" (
	"signal_id" bigint PRIMARY KEY NOT NULL,
	"answer" json NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
DROP INDEX "signals_by_lane";--> statement-breakpoint
ALTER TABLE "blueprints" ADD COLUMN "archived_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "clients" ADD COLUMN "plan" text;--> statement-breakpoint
ALTER TABLE "clients" ADD COLUMN "params" json;--> statement-breakpoint
ALTER TABLE "signals" ADD COLUMN "needs" text[];--> statement-breakpoint
ALTER TABLE "signals" ADD COLUMN "left_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "signals" ADD COLUMN "claimed_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "signals" ADD COLUMN "asked" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "signals_left" ON "signals" USING btree ("job_id",md5("body")) WHERE "signals"."needs" is not null;--> statement-breakpoint
CREATE INDEX "signals_by_lane" ON "signals" USING btree ("lane","id") WHERE "signals"."needs" is null;