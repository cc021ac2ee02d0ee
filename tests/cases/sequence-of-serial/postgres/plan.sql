-- Modify "transaction" table
ALTER TABLE "public"."transaction" ALTER COLUMN "id" DROP DEFAULT;
-- Keep sequence of serial column "id"
ALTER SEQUENCE "public"."transaction_id_seq" OWNED BY NONE;
