-- Create enum type "status"
CREATE TYPE "public"."status" AS ENUM ('new', 'done');
-- Create "item" table
CREATE TABLE "public"."item" (
  "id" serial NOT NULL,
  "state" "public"."status" NOT NULL DEFAULT 'new',
  PRIMARY KEY ("id")
);
