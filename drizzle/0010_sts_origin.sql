ALTER TABLE "worker_sts_tokens" ADD COLUMN "origin" smallint NOT NULL;--> statement-breakpoint
ALTER TABLE "worker_sts_tokens" ADD COLUMN "token_id" integer;--> statement-breakpoint
ALTER TABLE "worker_sts_tokens" ADD COLUMN "predecessor" "bytea";--> statement-breakpoint
ALTER TABLE "worker_sts_tokens" ADD CONSTRAINT "worker_sts_tokens_token_id_worker_tokens_id_fk" FOREIGN KEY ("token_id") REFERENCES "public"."worker_tokens"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "worker_tokens_worker" ON "worker_tokens" USING btree ("worker");--> statement-breakpoint
CREATE INDEX "worker_tokens_pattern" ON "worker_tokens" USING btree ("worker") WHERE "worker_tokens"."worker" ~ '[*?]';--> statement-breakpoint
ALTER TABLE "worker_sts_tokens" ADD CONSTRAINT "worker_sts_tokens_origin" CHECK ("worker_sts_tokens"."origin" in (1, 2, 3));