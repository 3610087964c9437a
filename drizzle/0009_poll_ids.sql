ALTER TABLE "tasks" ADD COLUMN "poll" text;--> statement-breakpoint
CREATE INDEX "worker_sessions_worker" ON "worker_sessions" USING btree ("worker","started_at" DESC NULLS FIRST);