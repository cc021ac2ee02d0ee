-- Drop "aa" table
DROP TABLE "public"."aa";
-- Drop "c" table
DROP TABLE "public"."c";
-- Drop "b" table
DROP TABLE "public"."b";
