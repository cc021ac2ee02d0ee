-- Create enum type "item_status"
CREATE TYPE "public"."item_status" AS ENUM ('draft', 'done');
-- Modify "item" table
ALTER TABLE "public"."item" ADD COLUMN "status" "public"."item_status" NOT NULL DEFAULT 'draft';
