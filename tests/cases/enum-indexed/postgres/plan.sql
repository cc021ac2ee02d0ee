-- Drop index "ix_item_open" from table: "item"
DROP INDEX "public"."ix_item_open";
-- Modify "item" table
ALTER TABLE "public"."item" DROP CONSTRAINT "ck_item_state";
-- Rename an enum from "status" to "status_old"
ALTER TYPE "public"."status" RENAME TO "status_old";
-- Create enum type "status"
CREATE TYPE "public"."status" AS ENUM ('new', 'done');
-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "state" DROP DEFAULT, ALTER COLUMN "state" TYPE "public"."status" USING "state"::text::"public"."status", ALTER COLUMN "state" SET DEFAULT 'new';
-- Drop enum type "status_old"
DROP TYPE "public"."status_old";
-- Modify "item" table
ALTER TABLE "public"."item" ADD CONSTRAINT "ck_item_state" CHECK ((state <> 'new'::public.status) OR (id > 0));
-- Create index "ix_item_open" to table: "item"
CREATE INDEX "ix_item_open" ON "public"."item" ("id") WHERE state <> 'done'::public.status;
