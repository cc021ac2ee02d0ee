-- Rename an enum from "status" to "status_old"
ALTER TYPE "public"."status" RENAME TO "status_old";
-- Create enum type "status"
CREATE TYPE "public"."status" AS ENUM ('new', 'active', 'done');
-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "state" TYPE "public"."status" USING "state"::text::"public"."status";
-- Drop enum type "status_old"
DROP TYPE "public"."status_old";
