-- Modify sequence "transaction_id_seq"
ALTER SEQUENCE "public"."transaction_id_seq" AS integer;
-- Let serial column "id" own its sequence
ALTER SEQUENCE "public"."transaction_id_seq" OWNED BY "public"."transaction"."id";
-- Modify "transaction" table
ALTER TABLE "public"."transaction" ALTER COLUMN "id" SET DEFAULT nextval('"public"."transaction_id_seq"');
-- Continue the numbers of column "id"
SELECT setval('"public"."transaction_id_seq"', max("id")) FROM "public"."transaction" HAVING max("id") >= (SELECT "last_value" FROM "public"."transaction_id_seq");
