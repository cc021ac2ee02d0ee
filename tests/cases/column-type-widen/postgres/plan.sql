-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE character varying(100), ALTER COLUMN "b" TYPE bigint, ALTER COLUMN "c" TYPE numeric(12,4), ALTER COLUMN "d" TYPE double precision;
