CREATE TABLE "quarantine" (
	"job_id" uuid PRIMARY KEY NOT NULL,
	"client_id" integer NOT NULL,
	"blueprint" text NOT NULL,
	"fingerprint" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "selection_items" (
	"selection_id" uuid NOT NULL,
	"no" integer NOT NULL,
	"job_id" uuid NOT NULL,
	"outcome" smallint DEFAULT 0 NOT NULL,
	"tries" smallint DEFAULT 0 NOT NULL,
	"canary" boolean DEFAULT false NOT NULL,
	"reason" text,
	CONSTRAINT "selection_items_selection_id_no_pk" PRIMARY KEY("selection_id","no"),
	CONSTRAINT "selection_items_outcome" CHECK ("selection_items"."outcome" in (0, 1, 2, 3))
);
--> statement-breakpoint
CREATE TABLE "selections" (
	"id" uuid PRIMARY KEY NOT NULL,
	"client_id" integer,
	"owner_kind" text NOT NULL,
	"owner_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"truncated" boolean DEFAULT false NOT NULL,
	"used_at" timestamp with time zone,
	"job_id" uuid,
	"total" integer NOT NULL,
	"ok" integer DEFAULT 0 NOT NULL,
	"skipped" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX "quarantine_by_fingerprint" ON "quarantine" USING btree ("fingerprint","job_id");--> statement-breakpoint
CREATE INDEX "selection_items_open" ON "selection_items" USING btree ("selection_id","no") WHERE "selection_items"."outcome" = 0;--> statement-breakpoint
CREATE INDEX "selection_items_canary" ON "selection_items" USING btree ("selection_id","no") WHERE "selection_items"."canary";--> statement-breakpoint
CREATE UNIQUE INDEX "selections_by_job" ON "selections" USING btree ("job_id") WHERE "selections"."job_id" is not null;--> statement-breakpoint
CREATE INDEX "selections_by_expiry" ON "selections" USING btree ("expires_at");--> statement-breakpoint
-- What differs from job to job goes out of an error's message: ids, quoted values, numbers.
CREATE FUNCTION "normalised_message"(message text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  select left(btrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(left(message, 2000),
    '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|\m(0x)?[0-9a-fA-F]{16,}\M', '<id>', 'g'),
    '"[^"]*"|`[^`]*`|“[^”]*”|«[^»]*»|(?<!\w)''[^'']*''(?!\w)', '<value>', 'g'),
    '[0-9]+([.,:][0-9]+)*', '<n>', 'g'),
    '\s+', ' ', 'g')), 500)
$$;--> statement-breakpoint
-- Never throws: it runs within the commit of whatever wrote the job.
CREATE FUNCTION "keep_quarantine"() RETURNS trigger LANGUAGE plpgsql AS $$
declare
  code text := '';
  message text := '';
  blueprint_name text;
begin
  if tg_op = 'DELETE' or new.status <> 9 then
    delete from quarantine where job_id = old.id;
    return null;
  end if;
  begin
    code := coalesce(new.error ->> 'code', '');
    message := normalised_message(coalesce(new.error ->> 'message', ''));
  exception when others then
    message := 'unreadable';
  end;
  select name into blueprint_name from blueprints where id = new.blueprint_id;
  blueprint_name := coalesce(blueprint_name, '');
  insert into quarantine as q (job_id, client_id, blueprint, fingerprint, at)
  values (new.id, new.client_id, blueprint_name,
    md5(concat_ws(chr(31), blueprint_name, new.state, code, message))::uuid, new.updated_at)
  on conflict (job_id) do update set fingerprint = excluded.fingerprint, at = excluded.at
    where q.fingerprint <> excluded.fingerprint;
  return null;
end
$$;--> statement-breakpoint
CREATE TRIGGER "jobs_quarantined" AFTER INSERT ON "jobs" FOR EACH ROW WHEN (NEW.status = 9) EXECUTE FUNCTION "keep_quarantine"();--> statement-breakpoint
CREATE TRIGGER "jobs_quarantine_changed" AFTER UPDATE OF status ON "jobs" FOR EACH ROW WHEN (NEW.status = 9 OR OLD.status = 9) EXECUTE FUNCTION "keep_quarantine"();--> statement-breakpoint
CREATE TRIGGER "jobs_quarantine_deleted" AFTER DELETE ON "jobs" FOR EACH ROW WHEN (OLD.status = 9) EXECUTE FUNCTION "keep_quarantine"();--> statement-breakpoint
INSERT INTO "quarantine" ("job_id", "client_id", "blueprint", "fingerprint", "at")
SELECT j.id, j.client_id, b.name,
  md5(concat_ws(chr(31), b.name, j.state, coalesce(j.error ->> 'code', ''), normalised_message(coalesce(j.error ->> 'message', ''))))::uuid, j.updated_at
FROM jobs j JOIN blueprints b ON b.id = j.blueprint_id WHERE j.status = 9;
