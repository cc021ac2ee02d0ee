-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE character varying, ALTER COLUMN "b" TYPE text, ALTER COLUMN "c" TYPE numeric;
