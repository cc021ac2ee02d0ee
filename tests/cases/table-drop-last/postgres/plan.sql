-- Drop "member" table
DROP TABLE "public"."member";
-- Drop "team" table
DROP TABLE "public"."team";
