-- Modify "ledger" table
ALTER TABLE "public"."ledger" ADD COLUMN "note" text NULL;
