-- Create sequence for serial column "id"
CREATE UNLOGGED SEQUENCE "public"."t_id_seq" AS integer OWNED BY "public"."t"."id";
-- Modify "t" table
ALTER TABLE "public"."t" ALTER COLUMN "id" SET DEFAULT nextval('"public"."t_id_seq"');
-- Continue the numbers of column "id"
SELECT setval('"public"."t_id_seq"', max("id")) FROM "public"."t" HAVING max("id") >= (SELECT "last_value" FROM "public"."t_id_seq");
