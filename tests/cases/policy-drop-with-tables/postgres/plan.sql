-- Drop "t" table
DROP TABLE "public"."t";
-- Drop "m" table
DROP TABLE "public"."m";
