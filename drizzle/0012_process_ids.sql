ALTER TABLE "jobs" ADD COLUMN "process_id" text COLLATE "C";--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_by_process" ON "jobs" USING btree ("process_id") WHERE "jobs"."process_id" is not null;