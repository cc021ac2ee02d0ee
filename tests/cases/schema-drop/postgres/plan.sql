-- Drop "event" table
DROP TABLE "audit"."event";
-- Drop enum type "kind"
DROP TYPE "audit"."kind";
-- Drop schema named "audit"
DROP SCHEMA "audit";
