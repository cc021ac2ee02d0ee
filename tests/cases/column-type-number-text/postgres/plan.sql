-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE character varying(10), ALTER COLUMN "b" TYPE text;
