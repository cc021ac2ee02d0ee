-- Create sequence for serial column "id"
CREATE SEQUENCE "public"."item_id_seq" AS integer OWNED BY "public"."item"."id";
-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "id" SET DEFAULT nextval('"public"."item_id_seq"');
-- Continue the numbers of column "id"
SELECT setval('"public"."item_id_seq"', max("id")) FROM "public"."item" HAVING max("id") >= (SELECT "last_value" FROM "public"."item_id_seq");
