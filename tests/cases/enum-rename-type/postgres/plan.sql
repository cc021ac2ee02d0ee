-- Create enum type "item_state"
CREATE TYPE "public"."item_state" AS ENUM ('new', 'done');
-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "state" TYPE "public"."item_state" USING "state"::text::"public"."item_state";
-- Drop enum type "status"
DROP TYPE "public"."status";
