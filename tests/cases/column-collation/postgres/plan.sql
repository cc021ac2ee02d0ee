-- Modify "item" table
ALTER TABLE "public"."item" ALTER COLUMN "a" TYPE text COLLATE "C", ALTER COLUMN "b" TYPE text;
