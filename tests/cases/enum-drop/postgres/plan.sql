-- Drop "item" table
DROP TABLE "public"."item";
-- Drop enum type "status"
DROP TYPE "public"."status";
