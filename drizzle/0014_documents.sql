CREATE TABLE "document_chunks" (
	"workspace_id" uuid NOT NULL,
	"document_id" uuid NOT NULL,
	"no" integer NOT NULL,
	"page" integer NOT NULL,
	"language" text NOT NULL,
	"config" text NOT NULL,
	"text" text NOT NULL,
	"text_hash" "bytea" NOT NULL,
	"search" "tsvector" GENERATED ALWAYS AS (case config when 'english' then to_tsvector('english', text) when 'spanish' then to_tsvector('spanish', text) when 'french' then to_tsvector('french', text) when 'german' then to_tsvector('german', text) when 'portuguese' then to_tsvector('portuguese', text) when 'italian' then to_tsvector('italian', text) else to_tsvector('simple', text) end) STORED NOT NULL,
	CONSTRAINT "document_chunks_workspace_id_document_id_no_pk" PRIMARY KEY("workspace_id","document_id","no"),
	CONSTRAINT "document_chunks_config" CHECK ("document_chunks"."config" in ('english', 'spanish', 'french', 'german', 'portuguese', 'italian', 'simple'))
);
--> statement-breakpoint
CREATE TABLE "documents" (
	"workspace_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"client_id" integer NOT NULL,
	"job_id" uuid NOT NULL,
	"name" text NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"chunks" integer,
	"characters" integer,
	"model" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "documents_workspace_id_id_pk" PRIMARY KEY("workspace_id","id"),
	CONSTRAINT "documents_status" CHECK ("documents"."status" in ('processing', 'ready', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "text_embeddings" (
	"model" text NOT NULL,
	"text_hash" "bytea" NOT NULL,
	"dimension" integer NOT NULL,
	"vector" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "text_embeddings_model_text_hash_pk" PRIMARY KEY("model","text_hash"),
	CONSTRAINT "text_embeddings_size" CHECK (octet_length("text_embeddings"."vector") = 4 * "text_embeddings"."dimension")
);
--> statement-breakpoint
ALTER TABLE "report_chunks" ADD COLUMN "text_hash" "bytea";--> statement-breakpoint
ALTER TABLE "document_chunks" ADD CONSTRAINT "document_chunks_document" FOREIGN KEY ("workspace_id","document_id") REFERENCES "public"."documents"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "document_chunks_search" ON "document_chunks" USING gin ("search");--> statement-breakpoint
CREATE INDEX "documents_by_client" ON "documents" USING btree ("client_id","updated_at" DESC NULLS FIRST);