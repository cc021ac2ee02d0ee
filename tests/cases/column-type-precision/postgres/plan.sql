-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE interval(2), ALTER COLUMN "b" TYPE time(0), ALTER COLUMN "c" TYPE bit varying(8), ALTER COLUMN "d" TYPE double precision;
