-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE timestamp USING "a"::timestamp, ALTER COLUMN "b" TYPE date USING "b"::date;
