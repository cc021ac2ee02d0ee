-- Modify "child" table
ALTER TABLE "public"."child" DROP CONSTRAINT "child_sb_fkey";
-- Modify "s" table
ALTER TABLE "public"."s" DROP CONSTRAINT "u", DROP COLUMN "b", ADD COLUMN "b" integer NOT NULL GENERATED ALWAYS AS (a + 2) STORED, ADD CONSTRAINT "u" UNIQUE ("b");
-- Modify "child" table
ALTER TABLE "public"."child" ADD CONSTRAINT "child_sb_fkey" FOREIGN KEY ("sb") REFERENCES "public"."s" ("b") ON UPDATE NO ACTION ON DELETE NO ACTION;
