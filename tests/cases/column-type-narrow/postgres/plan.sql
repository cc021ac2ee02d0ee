-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE character varying(30), ALTER COLUMN "b" TYPE integer, ALTER COLUMN "c" TYPE numeric(10,2), ALTER COLUMN "d" TYPE real;
