-- Modify "item" table
ALTER TABLE "public"."item" DROP COLUMN "state";
-- Create "log" table
CREATE TABLE "public"."log" (
  "id" serial NOT NULL,
  "state" "public"."status" NULL,
  PRIMARY KEY ("id")
);
