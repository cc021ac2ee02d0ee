-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "note" text NULL;
-- Create index "ix_item_note" to table: "item"
CREATE INDEX "ix_item_note" ON "public"."item" ("note");
