-- Create enum type "status"
CREATE TYPE "public"."status" AS ENUM ('new', 'done');
-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "state" DROP DEFAULT, ALTER COLUMN "state" TYPE "public"."status" USING "state"::"public"."status", ALTER COLUMN "state" SET DEFAULT 'new';
