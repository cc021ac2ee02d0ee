-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE timestamptz, ALTER COLUMN "b" TYPE timestamp, ALTER COLUMN "c" TYPE timestamp(0);
