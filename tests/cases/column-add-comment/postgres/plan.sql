-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "note" text NULL;
-- Set comment to column: "note" on table: "item"
COMMENT ON COLUMN "public"."item"."note" IS 'what the customer said';
