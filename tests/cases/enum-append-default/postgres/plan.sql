-- atlas:txmode none

-- Add value to enum type: "status"
ALTER TYPE "public"."status" ADD VALUE 'draft';
-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "state" SET DEFAULT 'draft';
