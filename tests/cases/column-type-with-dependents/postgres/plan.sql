-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "code" TYPE character varying(50), ALTER COLUMN "qty" TYPE bigint;
-- Modify "part" table
ALTER TABLE "public"."part" ALTER COLUMN "item_code" TYPE character varying(50);
