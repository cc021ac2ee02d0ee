-- Modify sequence of serial column "id"
ALTER SEQUENCE "public"."ledger_id_seq" AS bigint;
-- Modify "ledger" table
ALTER TABLE "public"."ledger" ALTER COLUMN "id" TYPE bigint, ALTER COLUMN "owner" TYPE character varying(30);
