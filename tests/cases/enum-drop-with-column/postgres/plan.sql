-- Modify "item" table
ALTER TABLE "public"."item" DROP COLUMN "state";
-- Drop enum type "status"
DROP TYPE "public"."status";
