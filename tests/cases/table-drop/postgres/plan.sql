-- Drop "member" table
DROP TABLE "public"."member";
