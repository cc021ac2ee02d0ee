-- Modify "we\"ird ta.ble%" table
ALTER TABLE "public"."we""ird ta.ble%" ADD CONSTRAINT "ck %" CHECK ("100%" > 0), ALTER COLUMN "a b" TYPE bigint, ADD COLUMN "ünï`x" text NULL, ADD COLUMN "100%" integer NULL DEFAULT 1, ADD COLUMN "it's" integer NULL, ADD CONSTRAINT "uq;--" UNIQUE ("it's");
-- Create index "ix Odd" to table: "we\"ird ta.ble%"
CREATE INDEX "ix Odd" ON "public"."we""ird ta.ble%" ("a b", "100%");
