-- Drop "open_items" view
DROP VIEW "public"."open_items";
-- Rename an enum from "status" to "status_old"
ALTER TYPE "public"."status" RENAME TO "status_old";
-- Create enum type "status"
CREATE TYPE "public"."status" AS ENUM ('new', 'done');
-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "state" TYPE "public"."status" USING "state"::text::"public"."status";
-- Drop enum type "status_old"
DROP TYPE "public"."status_old";
-- Create "open_items" view
CREATE VIEW "public"."open_items" AS
 SELECT item.id,
    item.state
   FROM public.item
  WHERE (item.state <> 'done'::public.status);
